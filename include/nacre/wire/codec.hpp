/// \file
/// One field list per message, from which size, encoder and decoder follow.
///
/// A message is a struct of borrowed views with a `kNumber` and
/// `template <class Self, class V> static void fields(Self& m, V&& v) { v(m.a, m.b); }`.
/// The C++ type of a field says its wire type: uint8_t, bool, uint32_t, uint64_t, ByteView and
/// string_view (string), NameList (name-list), Mpint (mpint), std::array<uint8_t, N> (N raw bytes),
/// Rest (all bytes to the end).
#pragma once
#include <nacre/wire/name_list.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <array>
#include <type_traits>

namespace nacre {

/// A non-negative integer as big-endian magnitude without leading zeros; borrowed.
struct Mpint {
    ByteView magnitude;
};
/// The bytes to the end of the message; borrowed.
struct Rest {
    ByteView bytes;
};

namespace detail {

struct FieldSize {
    std::size_t total = 0;
    template <class... F>
    void operator()(const F&... f) {
        ((total += of(f)), ...);
    }
    static std::size_t of(std::uint8_t) { return 1; }
    static std::size_t of(bool) { return 1; }
    static std::size_t of(std::uint32_t) { return 4; }
    static std::size_t of(std::uint64_t) { return 8; }
    static std::size_t of(ByteView v) { return 4 + v.size(); }
    static std::size_t of(std::string_view v) { return 4 + v.size(); }
    static std::size_t of(NameList v) { return 4 + v.text().size(); }
    static std::size_t of(Mpint v) { return 4 + mpint_size(v.magnitude); }
    static std::size_t of(Rest v) { return v.bytes.size(); }
    template <std::size_t N>
    static std::size_t of(const std::array<std::uint8_t, N>&) {
        return N;
    }
};

template <class Sink>
struct FieldWrite {
    Writer<Sink> w;
    template <class... F>
    void operator()(const F&... f) {
        (put(f), ...);
    }
    void put(std::uint8_t v) { w.u8(v); }
    void put(bool v) { w.boolean(v); }
    void put(std::uint32_t v) { w.u32(v); }
    void put(std::uint64_t v) { w.u64(v); }
    void put(ByteView v) { w.string(v); }
    void put(std::string_view v) { w.string(v); }
    void put(NameList v) { w.string(v.text()); }
    void put(Mpint v) { w.mpint(v.magnitude); }
    void put(Rest v) { w.bytes(v.bytes); }
    template <std::size_t N>
    void put(const std::array<std::uint8_t, N>& v) {
        w.bytes(v);
    }
};

struct FieldRead {
    Reader r;
    template <class... F>
    void operator()(F&... f) {
        (get(f), ...);
    }
    void get(std::uint8_t& v) { v = r.u8(); }
    void get(bool& v) { v = r.boolean(); }
    void get(std::uint32_t& v) { v = r.u32(); }
    void get(std::uint64_t& v) { v = r.u64(); }
    void get(ByteView& v) { v = r.string(); }
    void get(std::string_view& v) { v = r.text(); }
    void get(NameList& v) {
        v = NameList(r.text());
        if (!v.well_formed()) r.fail();
    }
    void get(Mpint& v) { v.magnitude = r.mpint(); }
    void get(Rest& v) { v.bytes = r.rest(); }
    template <std::size_t N>
    void get(std::array<std::uint8_t, N>& v) {
        const auto b = r.bytes(N);
        if (b.size() == N) std::memcpy(v.data(), b.data(), N);
    }
};

}  // namespace detail

/// The size of `m` without its number.
template <class M>
std::size_t body_size(const M& m) {
    detail::FieldSize size;
    M::fields(m, size);
    return size.total;
}

/// Appends the fields of `m`, without its number, to `sink` (Bytes, SecretBuffer or Frame with
/// room).
template <class M, class Sink>
void write_body(const M& m, Sink& sink) {
    detail::FieldWrite<Sink> write{Writer<Sink>(sink)};
    M::fields(m, write);
}

/// Number and fields.
template <class M>
Bytes encode(const M& m) {
    Bytes out;
    out.reserve(1 + body_size(m));
    out.push_back(M::kNumber);
    write_body(m, out);
    return out;
}

/// Reads the fields of an M from `body` (without the number). Views in it are borrowed from `body`.
/// Short input, malformed fields and trailing bytes fail with peer_malformed, detail = M::kNumber.
template <class M>
Result<M> decode(ByteView body) {
    M m;
    detail::FieldRead read{Reader(body)};
    M::fields(m, read);
    if (!read.r.done()) return malformed("message too short, too long or malformed", M::kNumber);
    return m;
}

}  // namespace nacre
