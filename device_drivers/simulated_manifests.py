"""What simulated devices offer, by kind; the same metrics as the real drivers of that kind."""

from device_drivers import measures
from telemetry.manifest import CommandSpec, Manifest, MetricSpec, SettingSpec, Titles

SPOOL = measures.gauge("Filament Remaining", "料盘余量", "Filament on the spool", "g", 0, 1000)

_SETTINGS = (
    SettingSpec("plan", "text", Titles("模拟计划文件", "Plan file of the simulation"), required=True),
    SettingSpec("device", "text", Titles("计划中的设备标识", "Key of the device in the plan"), required=True),
)

_COMMANDS = (CommandSpec("identify", Titles("闪灯定位", "Blink to be found")),)


def _manifest(kind: str, zh: str, en: str, *metrics: MetricSpec) -> Manifest:
    return Manifest(f"simulated_{kind}", kind, "none", Titles(zh, en), metrics, _SETTINGS, _COMMANDS)


MANIFESTS: dict[str, Manifest] = {
    manifest.kind: manifest
    for manifest in (
        _manifest(
            "printer_3d",
            "模拟三维打印机",
            "Simulated 3D printer",
            measures.NOZZLE,
            measures.NOZZLE_TARGET,
            measures.BED,
            measures.BED_TARGET,
            measures.PROGRESS,
            SPOOL,
            measures.HOURS,
            measures.HOURS_ON,
            measures.JOBS_FINISHED,
            measures.JOBS_FAILED,
            measures.FILAMENT,
        ),
        _manifest(
            "recorder",
            "模拟录播主机",
            "Simulated classroom recorder",
            measures.RECORDING,
            measures.RECORDED_SECONDS,
            measures.SIGNAL,
            measures.DISK,
            measures.DISK_FREE,
            measures.HOURS,
            measures.HOURS_ON,
            measures.RECORDINGS,
        ),
        _manifest(
            "smart_board",
            "模拟智慧黑板",
            "Simulated smart board",
            measures.SIGNAL,
            measures.TEMPERATURE,
            measures.HOURS,
            measures.HOURS_ON,
        ),
        _manifest(
            "projector",
            "模拟投影机",
            "Simulated projector",
            measures.SIGNAL,
            measures.TEMPERATURE,
            measures.HOURS,
            measures.HOURS_ON,
            measures.LAMP_HOURS,
        ),
        _manifest(
            "computer",
            "模拟计算机",
            "Simulated computer",
            measures.CPU,
            measures.MEMORY,
            measures.DISK,
            measures.HOURS,
            measures.HOURS_ON,
        ),
    )
}
"""One manifest a kind; the key of the catalogue is `simulated_<kind>`."""
