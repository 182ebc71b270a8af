"""Texts of the errors of nodes and devices, in both languages."""

MESSAGES: dict[str, tuple[str, str]] = {
    "node_not_found": (
        "没有边缘节点 {id}，或不在您的管理范围内。请核对编号。",
        "There is no node {id} in your part of the tree. Check the id.",
    ),
    "device_not_found": (
        "没有接入设备 {id}，或不在您的管理范围内。请核对编号。",
        "There is no device {id} in your part of the tree. Check the id.",
    ),
}
