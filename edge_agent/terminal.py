"""What the agent says in a terminal, in the language of the environment."""

import os
import sys
from collections.abc import Mapping

_TEXTS: dict[str, tuple[str, str]] = {
    "settings_good": (
        "配置可用：{devices} 台设备，节点 {node}",
        "The settings are good: {devices} devices, node {node}",
    ),
    "settings_bad": ("配置有误：{reason}", "The settings cannot be used: {reason}"),
    "busy": ("数据目录已被另一个代理占用：{reason}", "Another agent is at work here: {reason}"),
    "plan_bad": ("计划文件有误：{reason}", "The plan cannot be used: {reason}"),
    "driver_unknown": (
        "没有名为 {key} 的驱动；用 edge-agent drivers 查看",
        "There is no driver {key}; edge-agent drivers lists them",
    ),
    "probe_settings": ("请用 --set 名称=值 给出：{reason}", "Give it as --set name=value: {reason}"),
    "probe_reading": ("{state}  {cause}", "{state}  {cause}"),
    "probe_identity": ("厂商 {make}，型号 {model}，序列号 {serial}", "make {make}, model {model}, serial {serial}"),
    "probe_failed": ("读取失败（{kind}）：{reason}", "No reading ({kind}): {reason}"),
    "consent_given": (
        "已同意：{minutes} 分钟内可对 {device} 执行 {verb}",
        "Allowed: {verb} to {device}, for {minutes} minutes",
    ),
    "consent_odd": ("{device} 没有需要同意的指令 {verb}", "{device} has no order {verb} that needs a consent"),
    "consent_failed": ("无法保存：{reason}", "It cannot be kept: {reason}"),
    "no_status": ("代理没有在运行（找不到 {path}）", "No agent is running (no {path})"),
    "stale_status": (
        "代理已停止：最后一次报告在 {seconds} 秒前",
        "The agent has stopped: its last word was {seconds} s ago",
    ),
    "online": ("在线，{pending} 条记录待确认", "On line, {pending} records wait for the server"),
    "offline": ("离线，{pending} 条记录保存在本机", "Off line, {pending} records are kept here"),
    "device_line": ("  {key}：{state} {cause}", "  {key}: {state} {cause}"),
    "state_in_use": ("使用中", "in use"),
    "state_setup": ("准备", "setup"),
    "state_standby": ("待机", "standby"),
    "state_fault": ("故障", "fault"),
    "state_off": ("关机", "off"),
    "state_unknown": ("不明", "unknown"),
}


def is_chinese(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the environment asks for Chinese: the first of LC_ALL, LC_MESSAGES, LANG that is set decides."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return environment[name].lower().startswith("zh")
    return False


def words(key: str, /, **values: object) -> str:
    """Return a text in the language of the environment."""
    return _TEXTS[key][0 if is_chinese() else 1].format(**values).rstrip()


def state_word(state: str) -> str:
    """Return a state in the language of the environment."""
    return words(f"state_{state}") if f"state_{state}" in _TEXTS else state


def say(key: str, /, **values: object) -> None:
    """Print a text."""
    say_line(words(key, **values))


def say_line(line: str) -> None:
    """Print a line as it is."""
    print(line, flush=True)


def complain(key: str, /, **values: object) -> None:
    """Print a text where errors go."""
    print(words(key, **values), file=sys.stderr, flush=True)
