/// \file
/// Mutations of inputs that are made of pieces: whole pieces come, go and change places, fields
/// change where they are. What an engine does to bytes alone mostly moves all that follows into
/// other fields.
#pragma once
#include "support/det_rng.hpp"

#include <nacre/base/bytes.hpp>

#include <algorithm>

/// The engine's own mutation; AFL++'s driver has none.
extern "C" __attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                              std::size_t max_size);

namespace nacre::fuzz {

enum class FieldKind : std::uint8_t {
    number,  ///< see FieldInput::number
    text,    ///< see FieldInput::text
    blob,    ///< a byte of length, and as many bytes
    fixed,   ///< bytes whose number is fixed
};

struct ScriptLayout {
    struct Field {
        FieldKind kind;
        std::size_t begin, end;
    };
    std::vector<std::size_t> pieces;  ///< where each begins, and the end of the last
    std::vector<Field> fields;
    std::size_t count() const noexcept { return pieces.size() < 2 ? 0 : pieces.size() - 1; }
};

/// How many values of number and text have a number of their own; the one behind them says that the
/// value itself follows.
struct FieldCounts {
    std::size_t numbers = 0, texts = 0;
};

/// `LayoutOf`: ScriptLayout(ByteView) of any bytes.
template <class LayoutOf>
class ScriptMutator {
  public:
    ScriptMutator(LayoutOf layout_of, FieldCounts counts, unsigned seed)
        : layout_of_(std::move(layout_of)), counts_(counts), rng_(seed) {}

    std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size) {
        Bytes script(data, data + size);
        // Bytes alone, at times: what no piece can say.
        if (rng_.below(5) == 0) return by_engine(data, size, max_size);
        for (std::size_t n = 1 + rng_.below(3); n != 0; --n) change(script);
        return put(script, data, max_size);
    }
    /// Some pieces of `from` in `into`.
    std::size_t cross(ByteView into, ByteView from, std::uint8_t* out, std::size_t max_size) {
        Bytes script = to_bytes(into);
        const auto theirs = layout_of_(from);
        if (theirs.count() != 0) {
            const std::size_t first = rng_.below(theirs.count());
            const std::size_t last = first + 1 + rng_.below(theirs.count() - first);
            const std::size_t begin = theirs.pieces[first];
            insert(script, from.subspan(begin, theirs.pieces[last] - begin));
        }
        return put(script, out, max_size);
    }

  private:
    static std::size_t put(const Bytes& script, std::uint8_t* out, std::size_t max_size) {
        const std::size_t size = std::min(script.size(), max_size);
        std::copy_n(script.begin(), size, out);
        return size;
    }
    std::size_t by_engine(std::uint8_t* data, std::size_t size, std::size_t max_size) {
        if (LLVMFuzzerMutate != nullptr) return LLVMFuzzerMutate(data, size, max_size);
        if (size != 0) data[rng_.below(size)] ^= static_cast<std::uint8_t>(1 + rng_.below(255));
        return size;
    }
    static Bytes::iterator at(Bytes& script, std::size_t place) {
        return script.begin() + static_cast<std::ptrdiff_t>(place);
    }

    void change(Bytes& script) {
        const auto layout = layout_of_(script);
        const std::size_t which = rng_.below(10);
        if (layout.count() == 0 || which < 2) return insert(script, new_piece());
        const std::size_t one = rng_.below(layout.count());
        const std::size_t begin = layout.pieces[one], end = layout.pieces[one + 1];
        const Bytes piece(at(script, begin), at(script, end));
        switch (which) {
            case 2:
                script.erase(at(script, begin), at(script, end));
                return;
            case 3:
                return insert(script, piece);
            case 4:
                script.erase(at(script, begin), at(script, end));
                return insert(script, piece);
            default:
                break;
        }
        if (layout.fields.empty()) return;
        const auto& field = layout.fields[rng_.below(layout.fields.size())];
        const Bytes value = new_field(field.kind, field.end - field.begin);
        script.erase(at(script, field.begin), at(script, field.end));
        script.insert(at(script, field.begin), value.begin(), value.end());
    }

    /// Puts whole pieces between two others, or at one of the ends.
    void insert(Bytes& script, ByteView pieces) {
        const auto layout = layout_of_(script);
        const std::size_t place =
            layout.pieces.empty() ? script.size() : layout.pieces[rng_.below(layout.pieces.size())];
        script.insert(at(script, place), pieces.begin(), pieces.end());
    }

    /// Noise, as far as it is one piece.
    Bytes new_piece() {
        const Bytes noise = rng_.bytes(kNoise);
        const auto layout = layout_of_(noise);
        if (layout.count() == 0) return {};
        return {noise.begin() + static_cast<std::ptrdiff_t>(layout.pieces[0]),
                noise.begin() + static_cast<std::ptrdiff_t>(layout.pieces[1])};
    }

    Bytes new_field(FieldKind kind, std::size_t size) {
        switch (kind) {
            case FieldKind::number:
                return new_choice(counts_.numbers, rng_.bytes(4));
            case FieldKind::text:
                return new_choice(counts_.texts, new_blob());
            case FieldKind::blob:
                return new_blob();
            case FieldKind::fixed:
                break;
        }
        return rng_.bytes(size);
    }
    /// One of `count` values, or sometimes a value of its own.
    Bytes new_choice(std::size_t count, const Bytes& own) {
        Bytes value{static_cast<std::uint8_t>(rng_.below(count))};
        if (rng_.below(4) != 0) return value;
        value[0] = static_cast<std::uint8_t>(count);
        append(value, own);
        return value;
    }
    Bytes new_blob() {
        const Bytes value = rng_.bytes(rng_.below(kLongestBlob));
        Bytes blob{static_cast<std::uint8_t>(value.size())};
        append(blob, value);
        return blob;
    }

    static constexpr std::size_t kNoise = 64, kLongestBlob = 32;

    LayoutOf layout_of_;
    FieldCounts counts_;
    test::DetRng rng_;
};

}  // namespace nacre::fuzz

/// Defines what libFuzzer calls to mutate inputs; `layout_of` is called with a ByteView.
#define NACRE_FUZZ_SCRIPT_MUTATOR(layout_of, counts)                                             \
    extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,         \
                                                   std::size_t max_size, unsigned seed) {        \
        return nacre::fuzz::ScriptMutator(layout_of, counts, seed).mutate(data, size, max_size); \
    }                                                                                            \
    extern "C" std::size_t LLVMFuzzerCustomCrossOver(                                            \
        const std::uint8_t* data, std::size_t size, const std::uint8_t* from,                    \
        std::size_t from_size, std::uint8_t* out, std::size_t max_size, unsigned seed) {         \
        return nacre::fuzz::ScriptMutator(layout_of, counts, seed)                               \
            .cross({data, size}, {from, from_size}, out, max_size);                              \
    }
