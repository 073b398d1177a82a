"""Makes a torrent with libtorrent: SOURCE OUT PIECE_BYTES v1|v2|hybrid"""
import os
import sys

import libtorrent as lt

source, out, piece_length, version = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
storage = lt.file_storage()
lt.add_files(storage, source)
options = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}
torrent = lt.create_torrent(storage, piece_length, options[version])
lt.set_piece_hashes(torrent, os.path.dirname(source))
with open(out, "wb") as file:
    file.write(lt.bencode(torrent.generate()))
