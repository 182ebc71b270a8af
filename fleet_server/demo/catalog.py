"""Makes and models of the demo's equipment; the makers are invented."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Model:
    """One asset type: `serial` starts its serial numbers, `value` is the purchase price in yuan."""

    key: str
    kind: str
    make: str
    model: str
    names: tuple[str, str]
    serial: str
    firmware: str
    value: int
    prepare: tuple[int, int]
    capabilities: dict[str, Any]


_RECORDER_NEW: dict[str, Any] = {"cameras": 3, "streams": 2, "joint_lessons": True}
_RECORDER_OLD: dict[str, Any] = {"cameras": 2, "streams": 1, "joint_lessons": True}
_PRINTER_220: dict[str, Any] = {"materials": ["PLA", "PETG"], "build_mm": [220, 220, 250]}
_PRINTER_300: dict[str, Any] = {"materials": ["PLA", "PETG", "TPU"], "build_mm": [300, 300, 340]}
_R7, _R4 = ("录播主机 R7", "Recording set R7"), ("录播主机 R4（改造）", "Recording set R4 (refitted)")
_F220, _F300 = ("3D 打印机 F220", "3D printer F220"), ("3D 打印机 F300", "3D printer F300")
_B86, _B75 = ("智慧屏 86 英寸", "Smart board 86 in"), ("智慧屏 75 英寸", "Smart board 75 in")

TYPES = {
    model.key: model
    for model in (
        Model("recorder-new", "recorder", "晨枢", "R7", _R7, "CSR7", "7.2.1", 186_000, (5, 5), _RECORDER_NEW),
        Model("recorder-refit", "recorder", "晨枢", "R4", _R4, "CSR4", "4.9.0", 92_000, (5, 5), _RECORDER_OLD),
        Model("printer-220", "printer_3d", "巧造", "F220", _F220, "QZF2", "2.1.3", 4_600, (10, 10), _PRINTER_220),
        Model("printer-300", "printer_3d", "巧造", "F300", _F300, "QZF3", "2.3.0", 9_800, (10, 10), _PRINTER_300),
        Model("board-86", "smart_board", "衡屏", "B86", _B86, "HPB8", "5.0.8", 21_500, (0, 0), {"inches": 86}),
        Model("board-75", "smart_board", "衡屏", "B75", _B75, "HPB7", "5.0.8", 16_800, (0, 0), {"inches": 75}),
    )
}
RECORDER_TYPES = ("recorder-new", "recorder-refit")
PRINTER_TYPES = ("printer-220", "printer-300")
BOARD_TYPES = ("board-86", "board-75")
