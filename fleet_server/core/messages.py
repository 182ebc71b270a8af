"""What the errors of core say, in Chinese and English, and what each status is called."""

MESSAGES: dict[str, tuple[str, str]] = {
    "error": ("请求未能完成，请稍后重试。", "The request could not be done. Try again later."),
    "not_found": ("没有找到，或不在您的管理范围内。", "It does not exist, or lies outside your part of the tree."),
    "conflict": ("当前状态不允许此操作，请刷新后重试。", "Its present state rules this out. Reload and try again."),
    "forbidden": ("您没有进行此操作的权限。", "You do not have the right to do this."),
    "invalid": ("请求内容有误，请检查后重新提交。", "The request is not right. Check it and send it again."),
    "unauthenticated": ("请先登录，或提供有效的访问令牌。", "Sign in first, or send a valid access token."),
    "stale": (
        "内容已被他人修改，请刷新后再改。",
        "It changed since you read it. Reload, then change it again.",
    ),
    "too_many_requests": (
        "操作过于频繁，请在 {retry_after_s} 秒后重试。",
        "That is too many requests. Try again in {retry_after_s} s.",
    ),
    "too_large": (
        "请求超过 {limit_kib} KiB，请分次提交。",
        "The request is over {limit_kib} KiB. Send it in parts.",
    ),
    "busy": ("服务器繁忙，未做任何改动，请稍后重试。", "The server is busy; nothing was changed. Try again shortly."),
    "internal_error": (
        "服务器出错，已记入日志，未做任何改动。请稍后重试。",
        "The server failed; it is in the log and nothing was changed. Try again later.",
    ),
    "validation_failed": ("有 {count} 处内容不符合要求，详见 errors。", "{count} values are not right; see errors."),
    "malformed_request": ("无法读取请求内容，请检查格式。", "The request cannot be read. Check its format."),
    "method_not_allowed": ("此地址不支持该操作。", "This address does not take that method."),
    "value_refused": (
        "有内容无法保存：数值过大或含有非法字符。",
        "A value is too large or no valid text.",
    ),
    "cursor_invalid": (
        "翻页标记无效，请从第一页重新读取。",
        "That cursor is not of this list. Start at the first page.",
    ),
    "idempotency_conflict": (
        "此 Idempotency-Key 已用于另一个请求，请换一个新的。",
        "This Idempotency-Key was used for another request. Choose a new one.",
    ),
    "idempotency_key_invalid": (
        "Idempotency-Key 须为 1 至 128 个可见 ASCII 字符。",
        "An Idempotency-Key is 1 to 128 visible ASCII characters.",
    ),
    "backup_failed": ("备份工具出错：{reason}", "The backup failed: {reason}"),
    "backup_exists": ("文件 {file} 已存在，请换一个文件名。", "{file} exists already. Choose another name."),
    "backup_unreadable": ("{file} 不是完好的备份文件。", "{file} is not a whole backup. Choose another one."),
    "restore_not_empty": (
        "数据库 {database} 已有内容，请恢复到空数据库。",
        "The database {database} holds something already. Restore into an empty one.",
    ),
    "setting_unknown": ("设置文件 {file} 中有未知项 {field}。", "The file {file} has an unknown setting {field}."),
    "setting_wrong": (
        "设置 {field} 的值不对（{source}），应为 {wanted}。",
        "The setting {field} is wrong ({source}); it takes {wanted}.",
    ),
    "settings_file_unreadable": (
        "无法读取设置文件 {file}：{reason}",
        "{file} cannot be read: {reason}",
    ),
}

TITLES: dict[int, tuple[str, str]] = {
    400: ("请求无法读取", "Bad request"),
    401: ("需要登录", "Sign-in needed"),
    403: ("没有权限", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("不支持的操作", "Method not allowed"),
    409: ("状态冲突", "Conflict"),
    412: ("内容已变更", "Changed meanwhile"),
    413: ("请求过大", "Too large"),
    422: ("内容有误", "Not valid"),
    429: ("操作过于频繁", "Too many requests"),
    500: ("服务器出错", "Server error"),
    503: ("服务器繁忙", "Busy"),
}

FIELD_TEXTS: dict[str, tuple[str, str]] = {
    "missing": ("必填", "It is required."),
    "extra_forbidden": ("没有这一项", "There is no such field."),
    "string_too_long": ("文字过长", "The text is too long."),
    "string_too_short": ("文字过短", "The text is too short."),
    "string_type": ("应为文字", "It takes text."),
    "string_pattern_mismatch": ("格式不对", "The text has the wrong form."),
    "int_parsing": ("应为整数", "It takes a whole number."),
    "int_type": ("应为整数", "It takes a whole number."),
    "float_parsing": ("应为数字", "It takes a number."),
    "finite_number": ("应为有限的数字", "It takes a finite number."),
    "greater_than_equal": ("数值过小", "The number is too small."),
    "less_than_equal": ("数值过大", "The number is too large."),
    "enum": ("不在可选范围内", "It is not one of the choices."),
    "literal_error": ("不在可选范围内", "It is not one of the choices."),
    "timezone_aware": ("时间须带时区偏移", "A time carries its offset."),
    "datetime_from_date_parsing": ("应为带时区的时间", "It takes a time with offset (RFC 3339)."),
    "datetime_parsing": ("应为带时区的时间", "It takes a time with offset (RFC 3339)."),
    "date_from_datetime_parsing": ("应为日期", "It takes a day (YYYY-MM-DD)."),
    "date_parsing": ("应为日期", "It takes a day (YYYY-MM-DD)."),
    "json_invalid": ("不是有效的 JSON", "It is not valid JSON."),
}
FIELD_TEXT_ELSE = ("不符合要求", "It is not right.")
