"""One libtorrent peer that speaks the line protocol of bench/transfer/line-peer.mjs.

--preset tuned is what libtorrent's own documents and these machines say is its best for one fast transfer: its settings for
high-performance seeding, queues that are never empty, four threads for the disk and two that hash.
"""
import argparse
import select
import sys
import time

import libtorrent as lt

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--role", choices=["seed", "leech"], required=True)
parser.add_argument("--torrent", required=True)
parser.add_argument("--dir", required=True)
parser.add_argument("--address", required=True)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--encryption", choices=["off", "require"], default="off")
parser.add_argument("--transport", choices=["tcp", "utp"], default="tcp")
parser.add_argument("--preset", choices=["default", "tuned"], default="default")
args = parser.parse_args()

POLICY = int(lt.enc_policy.pe_forced if args.encryption == "require" else lt.enc_policy.pe_disabled)
TUNED = {
    "max_out_request_queue": 4000,
    "max_allowed_in_request_queue": 8000,
    "request_queue_time": 10,
    "max_queued_disk_bytes": 64 << 20,
    "send_buffer_watermark": 8 << 20,
    "send_buffer_watermark_factor": 200,
    "send_buffer_low_watermark": 1 << 20,
    "send_not_sent_low_watermark": 1 << 20,
    "aio_threads": 4,
    "hashing_threads": 2,
}
session = lt.session({
    **({**lt.high_performance_seed(), **TUNED} if args.preset == "tuned" else {}),
    "listen_interfaces": f"{args.address}:{args.port}",
    "outgoing_interfaces": args.address,
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    **{f"enable_{way}_{name}": name == args.transport for way in ("incoming", "outgoing") for name in ("tcp", "utp")},
    "in_enc_policy": POLICY,
    "out_enc_policy": POLICY,
    "allowed_enc_level": int(lt.enc_level.pe_rc4 if args.encryption == "require" else lt.enc_level.pe_both),
    "alert_mask": 0,
})


def add():
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(args.torrent)
    params.save_path = args.dir
    params.flags &= ~(lt.torrent_flags.paused | lt.torrent_flags.auto_managed)
    if args.role == "seed":
        params.flags |= lt.torrent_flags.seed_mode
    return session.add_torrent(params)


def say(word):
    print(word, flush=True)


def leech():
    handle = add()
    has_begun = is_done = False
    while True:
        status = handle.status()
        if not has_begun and status.total_payload_download > 0:
            has_begun = True
            say("first")
        if not is_done and status.is_finished:
            is_done = True
            say("done")
        readable, _, _ = select.select([sys.stdin], [], [], 1 if is_done else 0.02)
        if readable and sys.stdin.readline() == "":
            return


if args.role == "seed":
    seeding = add()
    while not seeding.status().is_seeding:
        time.sleep(0.01)
    say("ready")
    sys.stdin.read()
else:
    say("ready")
    if sys.stdin.readline() != "":
        leech()
