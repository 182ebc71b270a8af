"""Texts of the errors of organizations and calendars."""

MESSAGES: dict[str, tuple[str, str]] = {
    "organization_not_found": (
        "没有找到该机构，或不在您的管理范围内。",
        "That organization does not exist, or lies outside your part of the tree.",
    ),
    "organization_cycle": (
        "不能把机构移到它自己的下级之下，请另选上级。",
        "An organization cannot lie below itself. Choose another parent.",
    ),
    "site_taken": (
        "站点编号 {site_id} 已被其他机构使用，请换一个。",
        "The site id {site_id} belongs to another organization. Choose another.",
    ),
    "timezone_unknown": (
        "没有这个时区，请用如 Asia/Shanghai 的名称。",
        "Use a name like Asia/Shanghai.",
    ),
    "already_member": ("该机构已是成员。", "That organization is a member already."),
    "membership_not_found": ("该机构不是成员。", "That organization is no member."),
    "pair_with_itself": ("学校不能与自己结对，请另选一所。", "A school cannot be paired with itself. Choose another."),
    "agreement_with_itself": (
        "出借方与借用方不能相同，请另选一方。",
        "Lender and borrower are the same. Choose another borrower.",
    ),
    "agreement_dates_wrong": (
        "终止日期早于起始日期，请改正。",
        "It ends before it starts. Correct the dates.",
    ),
    "calendar_unfit": (
        "{field} 有误：时段重叠、先止后起或日期重复，请改正。",
        "The {field} overlap, end before they start, or repeat a day. Correct them.",
    ),
    "calendar_range_wrong": (
        "日期范围须先始后终，且不超过 400 天。",
        "Days run from the first to the last, at most 400. Correct the range.",
    ),
}
