"""Checks a torrent's data with libtorrent: TORRENT FOLDER"""
import sys
import time

import libtorrent as lt

session = lt.session({"listen_interfaces": "", "enable_dht": False, "enable_lsd": False, "enable_upnp": False,
                      "enable_natpmp": False, "hashing_threads": 2})
params = lt.add_torrent_params()
params.ti = lt.torrent_info(sys.argv[1])
params.save_path = sys.argv[2]
params.flags &= ~(lt.torrent_flags.paused | lt.torrent_flags.auto_managed)
handle = session.add_torrent(params)
while not handle.status().is_seeding:
    if handle.status().state == lt.torrent_status.downloading:
        sys.exit("the data is not complete")
    time.sleep(0.01)
