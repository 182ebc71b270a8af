"""What the demo prints: steps, users, a progress bar; in Chinese or English by LANG."""

import os
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TextIO

from fleet_server.demo.access import DemoUser

_TEXT: dict[str, tuple[str, str]] = {
    "title": ("同器演示：{district}", "Classroom Fleet demo: {district}"),
    "prepare": ("准备区县数据（仅首次）", "Preparing the district (first start only)"),
    "continue": ("继续使用 {folder} 里的数据", "Continuing with the data in {folder}"),
    "counts": (
        "{sites} 所学校，{items} 台设备，{bookings} 条新预约，{uses} 次使用",
        "{sites} schools, {items} devices, {bookings} new bookings, {uses} uses",
    ),
    "broker": (
        "消息代理：{name}，仅本机可连。演示配置无口令、不加密，不可用于学校",
        "Broker: {name}, on this computer only. The demo's set-up has no passwords and no encryption: not for a school",
    ),
    "starting": (
        "启动服务器、{boxes} 个模拟盒子和本机代理",
        "Starting the server, {boxes} simulated boxes and this computer's agent",
    ),
    "born": ("盒子上线", "Boxes on line"),
    "ready": ("就绪，用时 {seconds} 秒：{url}", "Ready after {seconds} s: {url}"),
    "shifted": (
        "为便于随时观看：作息时间已移到当前时刻，今天按上课日处理",
        "So that there is something to see, lesson times were moved to now and today counts as a school day",
    ),
    "access": ("口令与令牌：{file}（仅本用户可读）", "Passwords and tokens: {file} (readable by you only)"),
    "history": ("补传历史", "History arriving"),
    "drained": ("历史已全部补传，用时 {seconds} 秒", "All history has arrived after {seconds} s"),
    "restarted": ("{name} 已退出，重新启动（第 {count} 次）", "{name} ended and was started again (number {count})"),
    "job": ("借出后开始打印：{serial}", "Checked out, so a print starts: {serial}"),
    "stop": ("按 Ctrl-C 结束", "Ctrl-C ends it"),
    "ending": ("正在结束……", "Ending …"),
    "ended": ("已结束，数据保留在 {folder}", "Ended; the data stays in {folder}"),
    "role": ("角色", "role"),
    "username": ("用户名", "user name"),
    "password": ("口令", "password"),
    "administrator": ("管理员", "administrator"),
    "technician": ("技术员", "technician"),
    "coordinator": ("设备协调员", "coordinator"),
    "teacher": ("教师", "teacher"),
    "auditor": ("核查员", "auditor"),
}  # fmt: skip
_BAR = 28


def speaks_chinese(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal's language is Chinese, by LC_ALL, LC_MESSAGES, then LANG."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return environment[name].lower().startswith("zh")
    return False


def width(text: str) -> int:
    """Return how many columns a text takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


class Terminal:
    """Prints one line a step; a bar is drawn over itself on a terminal, every tenth elsewhere."""

    def __init__(self, out: TextIO = sys.stdout, environment: Mapping[str, str] = os.environ) -> None:
        self._out = out
        self._language = 0 if speaks_chinese(environment) else 1
        self._live = out.isatty()
        self._open = False
        self._tenths: dict[str, int] = {}

    def text(self, key: str, **figures: object) -> str:
        """Return a text in the terminal's language."""
        return _TEXT[key][self._language].format(**figures)

    def say(self, key: str, **figures: object) -> None:
        """Print one line."""
        self.line(self.text(key, **figures))

    def line(self, text: str) -> None:
        """Print a line as it is, below a bar that is being drawn."""
        self._print(("\r\x1b[K" if self._open else "") + text + "\n")
        self._open = False

    def bar(self, key: str, done: int, whole: int) -> None:
        """Show how far long work has come."""
        share = done / whole if whole else 1.0
        figures = f"{self.text(key)} {share:4.0%}  {done:,} / {whole:,}"
        if self._live:
            filled = int(share * _BAR)
            self._print(f"\r\x1b[K  [{'#' * filled}{'.' * (_BAR - filled)}] {figures}")
            self._open = True
        elif int(share * 10) > self._tenths.get(key, -1):
            self._tenths[key] = int(share * 10)
            self.line("  " + figures)

    def users(self, users: Sequence[DemoUser]) -> None:
        """Print the table of users."""
        rows = [[self.text(name) for name in ("role", "username", "password")]]
        rows += [[self.text(user.role), user.username, user.password] for user in users]
        widths = [max(width(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            cells = (cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True))
            self.line("  " + "   ".join(cells).rstrip())

    def _print(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except (BrokenPipeError, ValueError):
            return
