/// \file
/// From the shared secret to exchange hash and keys (RFC 4253 s7.2, s8).
#pragma once
#include <nacre/crypto/provider.hpp>

namespace nacre {

/// What both sides saw of the exchange.
struct ExchangeTranscript {
    std::string_view v_c, v_s;  ///< identification strings without CR LF
    ByteView i_c, i_s;          ///< payloads of the KEXINITs
};

/// H = HASH(V_C || V_S || I_C || I_S || K_S || fields of the method || K).
Bytes exchange_hash(Hash& hash, const ExchangeTranscript& transcript, ByteView k_s,
                    ByteView hash_fields, ByteView shared_secret);

/// The keys of one direction.
struct DirectionKeys {
    SecretBytes iv, key, mac_key;
    CipherKeys view() const { return {iv.view(), key.view(), mac_key.view()}; }
};

/// RFC 4253 s7.2. `c2s`: client to server, letters A, C, E; else B, D, F.
DirectionKeys derive_keys(Hash& hash, ByteView shared_secret, ByteView h, ByteView session_id,
                          bool c2s, const CipherKeySizes& sizes);

}  // namespace nacre
