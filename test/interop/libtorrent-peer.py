"""A peer that runs libtorrent, on loopback alone: a JSON object on stdin, lines of JSON on stdout.

{"torrent" or "magnet", "folder", "peers": [[host, port]], "settings"} on the first line of stdin; it ends when stdin does. With
"enable_dht" among the settings it looks in the DHT as soon as that is bootstrapped, and again: by itself it waits longer. It says
{"port"} once it listens, {"state": "complete", "v1", "v2"} once all is there, {"error"} for what libtorrent complains of.
"""
import json
import select
import sys
import time

import libtorrent as lt

SETTINGS = {
    "listen_interfaces": "127.0.0.1:0",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_incoming_utp": False,
    "enable_outgoing_utp": False,
    "allow_multiple_connections_per_ip": True,
    "alert_mask": lt.alert.category_t.error_notification | lt.alert.category_t.status_notification,
}


def say(**what):
    print(json.dumps(what), flush=True)


def main():
    wish = json.loads(sys.stdin.readline())
    session = lt.session({**SETTINGS, **wish.get("settings", {})})
    params = lt.parse_magnet_uri(wish["magnet"]) if "magnet" in wish else lt.add_torrent_params()
    if "torrent" in wish:
        params.ti = lt.torrent_info(wish["torrent"])
    params.save_path = wish["folder"]
    params.flags &= ~(lt.torrent_flags.paused | lt.torrent_flags.auto_managed)
    handle = session.add_torrent(params)
    has_said_port = is_complete = False
    look_at = time.monotonic() + 1 if wish.get("settings", {}).get("enable_dht") else float("inf")
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], 0.02)
        if readable and sys.stdin.readline() == "":
            return
        for alert in session.pop_alerts():
            if alert.category() & lt.alert.category_t.error_notification:
                say(error=alert.message())
        if not has_said_port and session.listen_port() > 0:
            has_said_port = True
            say(port=session.listen_port())
            for host, port in wish.get("peers", []):
                handle.connect_peer((host, port))
        if time.monotonic() > look_at:
            handle.force_dht_announce()
            look_at = time.monotonic() + 3
        if not is_complete and handle.status().is_seeding:
            is_complete = True
            both = handle.info_hashes()
            say(state="complete", v1=str(both.v1) if both.has_v1() else None, v2=str(both.v2) if both.has_v2() else None)


main()
