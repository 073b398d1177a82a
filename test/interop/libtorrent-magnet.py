"""What libtorrent reads in magnet links: a JSON list of links on stdin.

The answer on stdout is a JSON list of {"v1", "v2", "name", "trackers", "webSeeds", "peers", "priorities"}.
"""
import json
import sys

import libtorrent as lt


def read(link):
    params = lt.parse_magnet_uri(link)
    both = params.info_hashes
    return {
        "v1": str(both.v1) if both.has_v1() else None,
        "v2": str(both.v2) if both.has_v2() else None,
        "name": params.name,
        "trackers": params.trackers,
        "webSeeds": params.url_seeds,
        "peers": [f"{host} {port}" for host, port in params.peers],
        "priorities": params.file_priorities,
    }


json.dump([read(link) for link in json.load(sys.stdin)], sys.stdout)
