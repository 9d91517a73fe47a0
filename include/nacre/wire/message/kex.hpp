/// \file
/// Messages of the key exchange methods: RFC 4253 s8, RFC 4419, RFC 5656, RFC 8731 and the hybrids.
#pragma once
#include <nacre/wire/codec.hpp>

namespace nacre::msg {

struct KexDhInit {  // RFC 4253 s8
    static constexpr std::uint8_t kNumber = 30;
    Mpint e;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.e);
    }
};

struct KexDhReply {  // RFC 4253 s8
    static constexpr std::uint8_t kNumber = 31;
    ByteView k_s;
    Mpint f;
    ByteView signature;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.k_s, m.f, m.signature);
    }
};

struct KexEcdhInit {  // RFC 5656 s4, RFC 8731 s3; also C_INIT of the hybrids
    static constexpr std::uint8_t kNumber = 30;
    ByteView q_c;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.q_c);
    }
};

struct KexEcdhReply {  // RFC 5656 s4, RFC 8731 s3; also S_REPLY of the hybrids
    static constexpr std::uint8_t kNumber = 31;
    ByteView k_s;
    ByteView q_s;
    ByteView signature;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.k_s, m.q_s, m.signature);
    }
};

struct KexDhGexRequestOld {  // RFC 4419 s5
    static constexpr std::uint8_t kNumber = 30;
    std::uint32_t n = 0;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.n);
    }
};

struct KexDhGexRequest {  // RFC 4419 s3
    static constexpr std::uint8_t kNumber = 34;
    std::uint32_t min = 0;
    std::uint32_t n = 0;
    std::uint32_t max = 0;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.min, m.n, m.max);
    }
};

struct KexDhGexGroup {  // RFC 4419 s3
    static constexpr std::uint8_t kNumber = 31;
    Mpint p;
    Mpint g;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.p, m.g);
    }
};

struct KexDhGexInit {  // RFC 4419 s3
    static constexpr std::uint8_t kNumber = 32;
    Mpint e;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.e);
    }
};

struct KexDhGexReply {  // RFC 4419 s3
    static constexpr std::uint8_t kNumber = 33;
    ByteView k_s;
    Mpint f;
    ByteView signature;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.k_s, m.f, m.signature);
    }
};

}  // namespace nacre::msg
