"""Texts of the errors of custody, zh-CN and en."""

MESSAGES: dict[str, tuple[str, str]] = {
    "check_out_too_early": (
        "还不能借出,最早可于 {from_time} 办理。",
        "It is too early to check out; come back from {from_time} on.",
    ),
    "check_out_too_late": (
        "预约时段已结束,不能再借出;请重新预约。",
        "The slot is over and cannot be checked out any more; book again.",
    ),
    "loan_not_found": (
        "没有该借用单,或不在您的管理范围内。",
        "There is no such loan, or it lies outside your part of the tree.",
    ),
    "loan_state_wrong": (
        "该借用单当前状态为“{state}”,不能执行此操作;请刷新查看。",
        "The loan is {state} and cannot take this step; reload it.",
    ),
    "loan_within_holder": (
        "设备已在该单位,无需借用。",
        "The asset is already at that organization; there is nothing to lend.",
    ),
}
