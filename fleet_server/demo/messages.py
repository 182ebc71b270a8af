"""What the demo says when it cannot start."""

MESSAGES: dict[str, tuple[str, str]] = {
    "district_unknown": (
        "没有名为 {district} 的演示区县，可选：{known}。",
        "There is no demo district {district}; choose one of: {known}.",
    ),
    "district_size": (
        "学校数须在 3 到 {most} 之间，收到的是 {schools}。",
        "The number of schools must be 3 to {most}, not {schools}.",
    ),
    "demo_other_district": (
        "{folder} 里存的是演示区县 {district}。请先运行 make demo-clean，或另选 DEMO_DIR。",
        "{folder} holds the demo district {district}: run make demo-clean first, or choose another DEMO_DIR.",
    ),
    "demo_state_unreadable": (
        "无法读取 {file}。请运行 make demo-clean 后重新开始。",
        "{file} cannot be read: run make demo-clean and start again.",
    ),
    "demo_port_taken": (
        "端口 {port} 已被占用。请用 PORT 或 MQTT_PORT 另选一个。",
        "Port {port} is taken: choose another with PORT or MQTT_PORT.",
    ),
    "demo_running": (
        "另一个演示正在使用 {folder}。请先结束它，或另选 DEMO_DIR。",
        "Another demo is using {folder}: end it first, or choose another DEMO_DIR.",
    ),
    "demo_not_ready": (
        "{seconds} 秒内未能就绪。请查看 {folder} 里的日志。",
        "Not ready after {seconds} seconds; look at the logs in {folder}.",
    ),
}
