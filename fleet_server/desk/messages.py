"""Texts of the errors of the desk, zh-CN and en."""

MESSAGES: dict[str, tuple[str, str]] = {
    "too_many_streams": (
        "实时更新的连接已满，页面会改为定时刷新。",
        "All live connections are taken; the page refreshes now and then instead.",
    ),
}
