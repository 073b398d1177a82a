#ifndef SWARMLINE_PIECES_CALL_H
#define SWARMLINE_PIECES_CALL_H

#include <node_api.h>

/// (paths: Uint8Array, files: Float64Array, plan: Float64Array, into: [pieces, pieceRoots, blocks, unread: Uint8Array; control:
/// Int32Array; progress, faults: Float64Array]): a promise of true, or of false where there was no memory for it. It is refused where one does not fit another.
napi_value call_hash_pieces(napi_env env, napi_callback_info info);

#endif
