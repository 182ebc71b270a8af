"""Texts of the schedule's errors, zh-CN and en."""

MESSAGES: dict[str, tuple[str, str]] = {
    "slot_taken": (
        "该时段已被占用,请选择下面的其他时段或设备。",
        "That slot is taken; choose one of the other times or assets offered.",
    ),
    "hold_lapsed": (
        "该申请的保留时间已过,时段已释放;请重新申请。",
        "The hold of this request has lapsed and its slot is free again; ask anew.",
    ),
}
