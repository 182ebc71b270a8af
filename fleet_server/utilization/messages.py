"""Error texts of utilization, Chinese and English."""

MESSAGES: dict[str, tuple[str, str]] = {
    "method_not_recorded": (
        "没有用方法 {method} 记录的使用数据。请改用 D（设备实测）或 T（课表）。",
        "No use was recorded by method {method}. Ask for D (measured by device) or T (timetable).",
    ),
    "period_wrong": (
        "结束日期要晚于开始日期，整个时段不超过 {days} 天。",
        "The end must come after the start, and the period may have {days} days at most.",
    ),
    "span_too_fine": (
        "这个时段不是整天，而且涉及 {assets} 台设备，逐秒重算太久。请按整天查询，或只选一所学校。",
        "This period is not made of whole days and touches {assets} assets, too many to count by the second. "
        "Ask for whole days or for one school.",
    ),
    "utilization_row_not_found": (
        "报告里没有「{row}」这一行。请从利用情况表中选择。",
        "The report has no row {row}. Choose one from the table.",
    ),
}
