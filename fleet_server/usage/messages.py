"""Texts of the errors of measured use, in both languages."""

MESSAGES: dict[str, tuple[str, str]] = {
    "too_many_points": (
        "所选时段按该步长超过 {most} 个点，请加大 step 或缩短时段。",
        "That range has more than {most} steps: choose a larger step or a shorter range.",
    ),
    "range_wrong": (
        "结束时间必须晚于开始时间，且跨度不超过 {days} 天。",
        "The end must come after the start, at most {days} days later.",
    ),
}
