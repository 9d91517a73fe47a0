#include "nacre-keys/xml_key.hpp"

#include "keys/base64.hpp"
#include "keys/private_fields.hpp"
#include "keys/public_parts.hpp"
#include "keys/text.hpp"

namespace nacre::detail {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// What the elements of both kinds are called; others are refused.
constexpr std::string_view kNames[] = {"Modulus", "Exponent", "D",        "P",          "Q",
                                       "DP",      "DQ",       "InverseQ", "G",          "Y",
                                       "X",       "J",        "Seed",     "PgenCounter"};

// Walks through the text and knows where it failed.
class Xml {
  public:
    explicit Xml(std::string_view text) noexcept : text_(text) {}

    void skip_blanks() noexcept {
        at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
    }
    bool starts_with(std::string_view what) const noexcept {
        return text_.substr(at_).starts_with(what);
    }
    bool take(std::string_view what) noexcept {
        if (!starts_with(what)) return false;
        at_ += what.size();
        return true;
    }
    /// The text up to `end`, and passes it too; nullopt and the place at the end without it.
    std::optional<std::string_view> until(std::string_view end) noexcept {
        const auto found = text_.find(end, at_);
        if (found == std::string_view::npos) {
            at_ = text_.size();
            return std::nullopt;
        }
        const auto before = text_.substr(at_, found - at_);
        at_ = found + end.size();
        return before;
    }
    /// The characters that are none of `ends`.
    std::string_view up_to(std::string_view ends) noexcept {
        const auto from = text_.substr(at_);
        const auto taken = from.substr(0, from.find_first_of(ends));
        at_ += taken.size();
        return taken;
    }
    bool at_end() const noexcept { return at_ == text_.size(); }
    std::size_t position() const noexcept { return at_; }
    Error error() const noexcept {
        if (at_end())
            return key_error(KeyFault::truncated, "the XML of the key file ends too early", at_);
        return key_error(KeyFault::damaged, "damaged XML in a key file, or more than a key has",
                         at_);
    }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

struct Member {
    std::string_view name;  // a literal
    SecretBytes value;
};

class Members {
  public:
    ByteView operator[](std::string_view name) const noexcept {
        for (const Member& member : all_)
            if (member.name == name) return member.value;
        return {};
    }
    bool has(std::string_view name) const noexcept {
        for (const Member& member : all_)
            if (member.name == name) return true;
        return false;
    }
    void add(std::string_view name, SecretBytes value) { all_.push_back({name, std::move(value)}); }

  private:
    std::vector<Member> all_;
};

Result<void> take_member(Xml& xml, Members& members) {
    for (const std::string_view name : kNames) {
        const std::string open = "<" + std::string(name) + ">";
        if (!xml.starts_with(open)) continue;
        if (members.has(name)) return xml.error();
        xml.take(open);
        const std::size_t begin = xml.position();
        const auto text = xml.until("</" + std::string(name) + ">");
        if (!text) return xml.error();
        auto value = decode_base64(*text, Blanks::skipped);
        if (!value && value.error().code == Errc::out_of_memory) return value.error();
        if (!value) return key_error(KeyFault::damaged, "damaged base64 in an XML key", begin);
        members.add(name, std::move(*value));
        return {};
    }
    return xml.error();
}

// Those of the root, and the ">" behind them. The names of the key's elements have no prefix.
Result<void> take_attributes(Xml& xml) {
    for (xml.skip_blanks(); !xml.take(">"); xml.skip_blanks()) {
        const auto name = xml.up_to(" \t\r\n=>/");
        xml.skip_blanks();
        if (name.empty() || !xml.take("=")) return xml.error();
        xml.skip_blanks();
        const std::string_view quote = xml.starts_with("'") ? "'" : "\"";
        if (!xml.take(quote) || !xml.until(quote)) return xml.error();
        if (name != "xmlns" && name != "Id" && !name.starts_with("xmlns:") &&
            !name.starts_with("xml:"))
            return key_error(KeyFault::unsupported, "attributes of an XML key not supported");
    }
    return {};
}

Result<void> put_public(Result<Bytes> blob, LoadedKey& into) {
    if (!blob) return blob.error();
    NACRE_TRY(const std::string_view type, public_blob_type(*blob));
    into.public_keys.push_back({std::string(type), *blob, {}});
    return {};
}

Result<void> put_private(Result<PrivateKey> key, LoadedKey& into) {
    if (!key) return key.error();
    into.public_keys.push_back({key->type, key->public_blob, {}});
    into.private_keys.push_back(std::move(*key));
    return {};
}

Result<void> put_rsa(const Members& m, LoadedKey& into) {
    if (m["Modulus"].empty() || m["Exponent"].empty())
        return key_error(KeyFault::damaged, "RSAKeyValue without Modulus or Exponent");
    if (m["D"].empty()) return put_public(rsa_public_blob(m["Exponent"], m["Modulus"]), into);
    if (m["P"].empty() || m["Q"].empty() || m["InverseQ"].empty())
        return key_error(KeyFault::unsupported, "private RSAKeyValue without its primes");
    return put_private(
        rsa_private_key({m["Modulus"], m["Exponent"], m["D"], m["InverseQ"], m["P"], m["Q"]}),
        into);
}

Result<void> put_dsa(const Members& m, LoadedKey& into) {
    if (m["P"].empty() || m["Q"].empty() || m["G"].empty() || m["Y"].empty())
        return key_error(KeyFault::damaged, "DSAKeyValue without P, Q, G or Y");
    if (m["X"].empty()) return put_public(dsa_public_blob(m["P"], m["Q"], m["G"], m["Y"]), into);
    return put_private(dsa_private_key({m["P"], m["Q"], m["G"], m["Y"], m["X"]}), into);
}

}  // namespace

Result<void> load_xml_key(std::string_view text, LoadedKey& into) {
    Xml xml(text);
    xml.skip_blanks();
    if (xml.take("<?xml") && !xml.until("?>")) return xml.error();
    xml.skip_blanks();
    const auto root = xml.take("<") ? xml.up_to(" \t\r\n>/") : std::string_view();
    const bool is_rsa = root == "RSAKeyValue";
    if (!is_rsa && root != "DSAKeyValue")
        return key_error(KeyFault::not_a_key, "XML, but neither RSAKeyValue nor DSAKeyValue");
    NACRE_CHECK(take_attributes(xml));
    const std::string_view end = is_rsa ? "</RSAKeyValue>" : "</DSAKeyValue>";
    Members members;
    for (xml.skip_blanks(); !xml.take(end); xml.skip_blanks())
        NACRE_CHECK(take_member(xml, members));
    xml.skip_blanks();
    if (!xml.at_end()) return xml.error();
    return is_rsa ? put_rsa(members, into) : put_dsa(members, into);
}

}  // namespace nacre::detail
