#include "sftp/charset.hpp"

#include <nacre/sftp/status.hpp>

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace nacre::sftp {
namespace {

constexpr char kFirstPrintable = 0x20;
constexpr char kLastPrintable = 0x7e;

/// U+EF00 + byte, in UTF-8.
std::string stand_in(unsigned char byte) {
    return {'\xee', static_cast<char>(0xbc | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))};
}

bool is_stand_in(std::string_view utf8) noexcept {
    return utf8.size() >= 3 && utf8[0] == '\xee' &&
           (static_cast<unsigned char>(utf8[1]) & 0xfc) == 0xbc &&
           (static_cast<unsigned char>(utf8[2]) & 0xc0) == 0x80;
}

char byte_of_stand_in(std::string_view utf8) noexcept {
    return static_cast<char>((static_cast<unsigned>(utf8[1]) & 0x03) << 6 |
                             (static_cast<unsigned>(utf8[2]) & 0x3f));
}

/// Whether a name means something else than a name, which a conversion must not make it.
bool is_special(std::string_view name) noexcept {
    return name.empty() || name == "." || name == ".." ||
           name.find_first_of(std::string_view("/\0", 2)) != std::string_view::npos;
}

std::string all_stand_ins(std::string_view name) {
    std::string text;
    for (const char c : name) text += stand_in(static_cast<unsigned char>(c));
    return text;
}

/// Calls `each` with every part of a path between '/', which it keeps.
template <class Each>
Result<std::string> by_names(std::string_view path, Each each) {
    std::string result;
    while (true) {
        const auto end = std::min(path.find('/'), path.size());
        const auto name = path.substr(0, end);
        if (name.empty() || name == "." || name == "..") {
            result += name;
        } else {
            NACRE_TRY(const std::string converted, each(name));
            result += converted;
        }
        if (end == path.size()) return result;
        result += '/';
        path.remove_prefix(end + 1);
    }
}

}  // namespace

struct Charset::Converter {
    iconv_t handle;

    Converter(const char* to, const char* from) noexcept : handle(iconv_open(to, from)) {}
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    ~Converter() {
        if (valid()) iconv_close(handle);
    }
    bool valid() const noexcept { return handle != reinterpret_cast<iconv_t>(-1); }

    /// Appends what the front of `from` is, up to what has no meaning. Returns how many bytes that
    /// was; all of them, if all was well.
    std::size_t convert(std::string_view from, std::string& to) {
        std::array<char, 256> room;
        iconv(handle, nullptr, nullptr, nullptr, nullptr);
        // iconv takes what it does not change through a pointer to what it could.
        char* in = const_cast<char*>(from.data());
        std::size_t in_left = from.size();
        bool flush = false;
        while (true) {
            char* out = room.data();
            std::size_t out_left = room.size();
            const std::size_t done =
                iconv(handle, flush ? nullptr : &in, &in_left, &out, &out_left);
            const bool full = done == static_cast<std::size_t>(-1) && errno == E2BIG;
            // A count above 0 is of characters that became others.
            if (done != 0 && !full && done != static_cast<std::size_t>(-1)) return 0;
            to.append(room.data(), static_cast<std::size_t>(out - room.data()));
            if (full) continue;
            if (flush) return from.size() - in_left;
            // Back to the initial state, whatever came before.
            flush = true;
        }
    }
};

Result<Charset> Charset::make(std::string_view name) {
    constexpr Error unknown{Errc::not_found, Disconnect::none, 0, "unknown character set"};
    // "//" begins iconv's options, which may replace characters.
    if (name.empty() || name.find('/') != std::string_view::npos) return unknown;
    Charset charset;
    charset.name_ = name;
    charset.to_disk_ = std::make_shared<Converter>(charset.name_.c_str(), "UTF-8");
    charset.to_utf8_ = std::make_shared<Converter>("UTF-8", charset.name_.c_str());
    if (!charset.to_disk_->valid() || !charset.to_utf8_->valid()) return unknown;

    const auto same = [&](std::string_view text) {
        std::string disk, wire;
        return charset.to_disk_->convert(text, disk) == text.size() && disk == text &&
               charset.to_utf8_->convert(text, wire) == text.size() && wire == text;
    };
    if (!same("/") || !same(".")) return unknown;
    charset.has_ascii_ = true;
    for (char c = kFirstPrintable; c <= kLastPrintable; ++c)
        charset.has_ascii_ = charset.has_ascii_ && same({&c, 1});
    return charset;
}

/// Nearly all names.
bool Charset::is_plain(std::string_view text) const noexcept {
    return has_ascii_ && std::all_of(text.begin(), text.end(), [](char c) {
               return c >= kFirstPrintable && c <= kLastPrintable;
           });
}

/// The bytes, stand-ins being what they stand for.
Result<std::string> Charset::bytes_of(std::string_view utf8) const {
    std::string bytes;
    while (!utf8.empty()) {
        if (is_stand_in(utf8)) {
            bytes += byte_of_stand_in(utf8);
            utf8.remove_prefix(3);
            continue;
        }
        std::size_t end = 1;
        while (end < utf8.size() && !is_stand_in(utf8.substr(end))) ++end;
        if (to_disk_->convert(utf8.substr(0, end), bytes) != end)
            return failure(Status::invalid_filename);
        utf8.remove_prefix(end);
    }
    return bytes;
}

Result<std::string> Charset::name_to_disk(std::string_view utf8) const {
    if (is_plain(utf8)) return std::string(utf8);
    NACRE_TRY(auto bytes, bytes_of(utf8));
    if (is_special(bytes)) return failure(Status::invalid_filename);
    // One name is listed in one way: others that stand for it would pass by whoever filters names.
    if (name_to_wire(bytes).text != utf8) return failure(Status::invalid_filename);
    return bytes;
}

Charset::Wire Charset::name_to_wire(std::string_view name) const {
    if (is_plain(name) || name == "." || name == "..") return {std::string(name), true};
    Wire wire;
    std::string_view rest = name;
    while (!rest.empty()) {
        rest.remove_prefix(to_utf8_->convert(rest, wire.text));
        if (rest.empty()) break;
        wire.text += stand_in(static_cast<unsigned char>(rest.front()));
        wire.exact = false;
        rest.remove_prefix(1);
    }
    const auto back = bytes_of(wire.text);
    if (is_special(wire.text) || !back || *back != name) return {all_stand_ins(name), false};
    return wire;
}

Result<std::string> Charset::path_to_disk(std::string_view utf8) const {
    return by_names(utf8, [&](std::string_view name) { return name_to_disk(name); });
}

std::string Charset::path_to_wire(std::string_view path) const {
    return by_names(path,
                    [&](std::string_view name) -> Result<std::string> {
                        return name_to_wire(name).text;
                    })
        .value();
}

}  // namespace nacre::sftp
