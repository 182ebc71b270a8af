"""The metrics more than one driver offers, so that one figure has one name, unit and title everywhere."""

from telemetry.manifest import MetricSpec, Titles
from telemetry.metrics import DataType


def counter(name: str, zh: str, en: str, unit: str = "", datatype: DataType = DataType.INT64) -> MetricSpec:
    """Describe a cumulative figure, published under Usage/."""
    return MetricSpec(f"Usage/{name}", datatype, Titles(zh, en), unit, low=0, counter=True)


def gauge(
    name: str, zh: str, en: str, unit: str = "", low: float | None = None, high: float | None = None
) -> MetricSpec:
    """Describe a figure that goes up and down, published under Telemetry/."""
    return MetricSpec(f"Telemetry/{name}", DataType.DOUBLE, Titles(zh, en), unit, low, high)


def percent(name: str, zh: str, en: str) -> MetricSpec:
    """Describe a share in 0..100, published under Telemetry/."""
    return gauge(name, zh, en, "%", 0, 100)


def flag(name: str, zh: str, en: str) -> MetricSpec:
    """Describe a yes or no, published under Telemetry/."""
    return MetricSpec(f"Telemetry/{name}", DataType.BOOLEAN, Titles(zh, en))


def words(name: str, zh: str, en: str) -> MetricSpec:
    """Describe a short text, published under Telemetry/."""
    return MetricSpec(f"Telemetry/{name}", DataType.STRING, Titles(zh, en))


EPOCH = MetricSpec("Usage/Epoch", DataType.STRING, Titles("计数周期", "Run of the counters"))
"""Names the run the counters belong to: a new lamp or a restarted driver begins a new one."""

HOURS = counter("Hours", "使用时数", "Hours in use", "h", DataType.DOUBLE)
HOURS_ON = counter("Hours On", "开机时数", "Hours powered on", "h", DataType.DOUBLE)
JOBS_FINISHED = counter("Jobs Finished", "完成作业数", "Jobs finished")
JOBS_FAILED = counter("Jobs Failed", "失败作业数", "Jobs failed")
FILAMENT = counter("Filament", "耗材用量", "Filament used", "m", DataType.DOUBLE)
RECORDINGS = counter("Recordings", "录制次数", "Recordings made")
LAMP_HOURS = counter("Lamp Hours", "灯泡时数", "Lamp hours", "h")

NOZZLE = gauge("Nozzle Temperature", "喷嘴温度", "Nozzle temperature", "°C", -50, 500)
NOZZLE_TARGET = gauge("Nozzle Target", "喷嘴目标温度", "Nozzle target", "°C", 0, 500)
BED = gauge("Bed Temperature", "热床温度", "Bed temperature", "°C", -50, 200)
BED_TARGET = gauge("Bed Target", "热床目标温度", "Bed target", "°C", 0, 200)
PROGRESS = percent("Progress", "打印进度", "Print progress")
TEMPERATURE = gauge("Temperature", "温度", "Temperature", "°C", -50, 150)
CPU = percent("CPU Percent", "处理器占用", "Processor load")
MEMORY = percent("Memory Percent", "内存占用", "Memory in use")
DISK_FREE = gauge("Disk Free", "磁盘剩余", "Disk space left", "GB", 0)
DISK = percent("Disk Percent", "磁盘占用", "Disk in use")
SIGNAL = flag("Signal Present", "有信号", "Signal present")
RECORDING = flag("Recording", "正在录制", "Recording")
RECORDED_SECONDS = gauge("Recorded Seconds", "本次录制时长", "Length of this recording", "s", 0)
WARNINGS = words("Warnings", "警告", "Warnings")
