// A peer of libtorrent, as a program for Python that speaks the field's line protocol. libtorrent's own settings, but for what
// would leave the network of the field, or look for it: the DHT, local discovery and the router. In TypeScript, since only
// that is carried along when the program is built.

export const LIBTORRENT_PROGRAM = `
import json, select, sys, time
import libtorrent as lt

wish = json.loads(sys.argv[1])
ways = wish["transports"]
session = lt.session({
    "listen_interfaces": "%s:%d" % (wish["address"], wish["port"]),
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_incoming_tcp": "tcp" in ways,
    "enable_outgoing_tcp": "tcp" in ways,
    "enable_incoming_utp": "utp" in ways,
    "enable_outgoing_utp": "utp" in ways,
    "alert_mask": lt.alert.category_t.tracker_notification,
})
is_seed = wish["role"] == "seed"


def say(word):
    print(word, flush=True)


def add():
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(wish["torrent"])
    params.save_path = wish["dir"]
    params.flags &= ~lt.torrent_flags.auto_managed
    if is_seed:
        params.flags &= ~lt.torrent_flags.paused
        params.flags |= lt.torrent_flags.seed_mode
    else:
        params.flags |= lt.torrent_flags.paused
    return session.add_torrent(params)


def is_known():
    return any(isinstance(alert, lt.tracker_reply_alert) for alert in session.pop_alerts())


handle = add()
while not (is_known() if is_seed else handle.status().state == lt.torrent_status.downloading):
    time.sleep(0.02)
say("ready")
has_begun = is_done = is_seed
while True:
    if not is_done:
        status = handle.status()
        if not has_begun and status.num_pieces > 0:
            has_begun = True
            say("first")
        if status.is_finished:
            is_done = True
            say("done")
    readable, _, _ = select.select([sys.stdin], [], [], 1 if is_done else 0.05)
    if readable:
        line = sys.stdin.readline()
        if line == "":
            break
        if line.strip() == "go":
            handle.resume()
status = handle.status()
totals = {
    "uploaded": status.total_payload_upload,
    "downloaded": status.total_payload_download,
    "wasted": status.total_redundant_bytes + status.total_failed_bytes,
    "share": 1 if is_seed else status.progress,
}
say("end " + json.dumps(totals))
`;
