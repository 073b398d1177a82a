"""Makes torrents with libtorrent: a JSON list of cases on stdin, a JSON list of torrent files in base64 on stdout.

A case: {"path", "pieceLength", "version": "v1" | "v2" | "hybrid", "files"}. For v1, "files" are paths below "path" in the
order of the torrent, null where the path is the file; v2 and hybrid are walked and ordered by libtorrent itself.
"""
import base64
import json
import os
import sys

import libtorrent as lt


def listed(path, files):
    storage = lt.file_storage()
    name = os.path.basename(path)
    for parts in files:
        real = os.path.join(path, *parts)
        flags = lt.file_storage.flag_executable if os.stat(real).st_mode & 0o111 else 0
        storage.add_file(os.path.join(name, *parts), os.path.getsize(real), flags)
    return storage


def walked(path):
    storage = lt.file_storage()
    lt.add_files(storage, path, lambda _: True, lt.create_torrent.symlinks)
    return storage


def make(case):
    path, version = case["path"], case["version"]
    storage = listed(path, case["files"]) if version == "v1" else walked(path)
    flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}[version]
    torrent = lt.create_torrent(storage, case["pieceLength"], flags | lt.create_torrent.symlinks)
    lt.set_piece_hashes(torrent, os.path.dirname(path))
    return base64.b64encode(lt.bencode(torrent.generate())).decode()


json.dump([make(case) for case in json.load(sys.stdin)], sys.stdout)
