"""What the errors every page may meet say, Chinese and English."""

MESSAGES: dict[str, tuple[str, str]] = {
    "not_found": (
        "这里没有这一项，或者它不在你负责的范围内。检查网址，或从设备列表进入。",
        "There is no such thing here, or it lies outside your part of the tree. "
        "Check the address or start from the fleet list.",
    ),
    "forbidden": (
        "你能看到它，但没有权限这样做。请联系本校管理员。",
        "You can see this but may not do that to it. Ask your school's administrator.",
    ),
    "conflict": (
        "它在你打开页面之后变了。重新载入页面，看过现状再做。",
        "It has changed since you opened the page. Reload, look again, then decide.",
    ),
    "invalid": (
        "填写的内容有误。改正标出的地方再提交。",
        "Something is filled in wrong. Correct what is marked and send again.",
    ),
    "error": (
        "服务器出了意外，你填写的内容没有保存。稍后再试；若仍然如此，请把页脚的时间告诉管理员。",
        "The server met something unexpected and nothing was saved. "
        "Try again; if it stays so, tell your administrator the time in the footer.",
    ),
}
