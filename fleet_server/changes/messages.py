"""Texts of the errors of change records."""

MESSAGES: dict[str, tuple[str, str]] = {
    "chain_broken": (
        "变更记录从第 {number} 条起与封存时不符，请与备份核对。",
        "From record {number} on the change records are not what was sealed. Compare them with a backup.",
    ),
    "top_role_missing": (
        "变更记录仅供最上级机构的管理员和核查员查看。",
        "Only administrators and auditors of the organization at the top may read change records.",
    ),
}
