"""Texts of the inventory's errors, zh-CN and en."""

MESSAGES: dict[str, tuple[str, str]] = {
    "asset_code_malformed": (
        "“{value}”不是有效的资产编码,请对照标签重新输入。",
        "“{value}” is not a valid asset code; compare it with the label and enter it again.",
    ),
    "asset_not_found": (
        "没有编码为 {asset_code} 的设备,或不在您的管理范围内。",
        "There is no asset {asset_code}, or it lies outside your part of the tree.",
    ),
    "asset_code_taken": (
        "编码 {asset_code} 已被另一台设备使用,请换一个编码。",
        "Another asset already carries the code {asset_code}; choose another.",
    ),
    "asset_serial_taken": (
        "同型号中已登记序列号 {serial},请核对铭牌。",
        "An asset of this type already carries the serial {serial}; check the name plate.",
    ),
    "asset_type_not_found": (
        "没有型号 {asset_type_id},请先登记型号。",
        "There is no asset type {asset_type_id}; register the type first.",
    ),
    "asset_stale": (
        "该设备刚被他人修改,请刷新后重试。",
        "Someone else has just changed this asset; reload it and try again.",
    ),
    "asset_retired": (
        "该设备已报废,不能再修改或预约。",
        "This asset is retired and can no longer be changed or booked.",
    ),
    "room_not_found": (
        "没有该教室,或不在您的管理范围内。",
        "There is no such room, or it lies outside your part of the tree.",
    ),
    "room_elsewhere": (
        "该教室不属于保管单位,请选择保管单位的教室。",
        "The room does not belong to the holder; choose a room of the holder.",
    ),
    "opening_hours_wrong": (
        "开放时间须同时填写,且开始早于结束。",
        "Give both opening hours, the opening before the closing.",
    ),
    "import_unreadable": (
        "无法读取该文件:{reason}。请上传 UTF-8 或 GB18030 编码的 CSV,或 xlsx。",
        "The file cannot be read: {reason}. Send a CSV in UTF-8 or GB18030, or an xlsx.",
    ),
    "import_too_large": (
        "文件过大:最多 {rows} 行、{megabytes} MB,请拆分后上传。",
        "The file is too large: at most {rows} rows and {megabytes} MB; split it.",
    ),
    "import_column_missing": (
        "缺少列“{column}”,请按模板补齐。",
        "The column “{column}” is missing; add it as in the template.",
    ),
    "import_rows_wrong": (
        "有 {count} 行有误,未导入任何设备;请按行修正后重新上传。",
        "{count} rows are wrong and nothing was imported; correct them and send the file again.",
    ),
    "import_value_missing": ("第 {row} 行缺少“{column}”。", "Row {row}: “{column}” is missing."),
    "import_value_wrong": (
        "第 {row} 行“{column}”的值“{value}”无效。",
        "Row {row}: “{value}” is not valid for “{column}”.",
    ),
    "import_repeated": (
        "第 {row} 行的“{value}”与第 {other} 行重复。",
        "Row {row}: “{value}” repeats row {other}.",
    ),
}
