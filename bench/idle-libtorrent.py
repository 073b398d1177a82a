"""The libtorrent side of idle.mjs: FOLDER COUNT SECONDS; status 3 where there is no libtorrent."""
import json
import os
import pathlib
import sys
import time

try:
    import libtorrent as lt
except ImportError:
    sys.exit(3)


def cpu_ms():
    times = os.times()
    return (times.user + times.system) * 1000


def status(name):
    for line in open("/proc/self/status"):
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024


folder, count, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
start = time.monotonic()
session = lt.session({"listen_interfaces": "127.0.0.1:0", "enable_dht": False, "enable_lsd": False,
                      "enable_upnp": False, "enable_natpmp": False})
handles = []
for index in range(count):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(str(folder / "torrents" / f"{index}.torrent"))
    params.save_path = str(folder / "data")
    params.flags &= ~(lt.torrent_flags.paused | lt.torrent_flags.auto_managed)
    handles.append(session.add_torrent(params))
waiting = handles
while waiting:
    waiting = [handle for handle in waiting if not handle.status().is_seeding]
    time.sleep(0.05)
result = {"readyMs": (time.monotonic() - start) * 1000, "cpuMs": cpu_ms(), "rss": status("VmRSS")}
before = cpu_ms()
time.sleep(seconds)
result["idleCpu"] = (cpu_ms() - before) / (seconds * 1000)
result["idleRss"] = status("VmRSS")
result["peak"] = status("VmHWM")
print(json.dumps(result), flush=True)
os._exit(0)
