"""Texts of the errors and reasons of bookings, zh-CN and en."""

MESSAGES: dict[str, tuple[str, str]] = {
    "booking_not_found": (
        "没有该预约,或不在您的管理范围内。",
        "There is no such booking, or it lies outside your part of the tree.",
    ),
    "booking_state_wrong": (
        "该预约当前状态为“{state}”,不能执行此操作;请刷新查看最新状态。",
        "The booking is {state} and cannot take this step; reload it to see where it stands.",
    ),
    "booking_stale": (
        "该预约刚被他人修改,请刷新后重试。",
        "Someone else has just changed this booking; reload it and try again.",
    ),
    "booking_right_missing": (
        "您无权对该预约执行此操作;请联系出借方或使用方的设备管理员。",
        "You may not do this to the booking; ask a coordinator of the lending or using school.",
    ),
    "slot_wrong": ("结束时间须晚于开始时间。", "The end must lie after the start."),
    "slot_past": ("不能预约过去的时间,请选择稍后的时段。", "The slot lies in the past; choose a later one."),
    "slot_too_long": (
        "单次预约最长 {days} 天;更长时间请办理借用。",
        "A booking lasts at most {days} days; arrange a loan for longer.",
    ),
    "slot_too_far": ("最多可提前 {days} 天预约。", "Bookings reach at most {days} days ahead."),
    "approval_too_late": (
        "跨单位借用须在开始前 1 小时以上申请,以便对方审批;请选择更晚的时段或本校设备。",
        "Borrowing from another school needs its approval at least one hour before the start; choose a later slot or"
        " equipment of your own school.",
    ),
    "resource_missing": (
        "请在 asset_code、room_id、capability 中填写且只填写一项。",
        "Give exactly one of asset_code, room_id and capability.",
    ),
    "asset_not_bookable": (
        "设备 {asset_code} 不开放预约,请选择其他设备。",
        "Asset {asset_code} is not open to booking; choose another.",
    ),
    "asset_in_maintenance": (
        "设备 {asset_code} 正在维修,请选择其他设备。",
        "Asset {asset_code} is under maintenance; choose another.",
    ),
    "room_not_bookable": ("该教室不开放预约,请选择其他教室。", "The room is not open to booking; choose another."),
    "room_closed": (
        "该时段在教室开放时间({opens}–{closes})之外,请调整时间。",
        "The room is open from {opens} to {closes}; choose a slot within.",
    ),
    "capability_unknown": (
        "范围内没有可提供“{capability}”的设备。",
        "No asset within reach offers “{capability}”.",
    ),
    "joint_lesson_not_found": (
        "没有该同步课堂,或不在您的管理范围内。",
        "There is no such joint lesson, or it lies outside your part of the tree.",
    ),
    "joint_lesson_too_small": (
        "同步课堂至少需要两个不同单位的教室,且不能重复。",
        "A joint lesson takes rooms of at least two organizations, each once.",
    ),
    "rating_too_early": ("使用结束后才能评价。", "A booking can be rated once its use has ended."),
    "calendar_not_found": ("没有该日历,请向设备管理员索取新链接。", "There is no such calendar; ask for a new link."),
    "availability_window_wrong": (
        "查询时段须为开始早于结束,且不超过 {days} 天。",
        "The window must start before it ends and span at most {days} days.",
    ),
}
