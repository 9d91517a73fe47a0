#include "nacre-keys/json_keys.hpp"

#include "keys/botan_guard.hpp"

#include <nacre/keys/load_key.hpp>

#include <nlohmann/json.hpp>

namespace nacre::detail {

namespace {

// RFC 7517 s4, RFC 7518 s6; the last two are of encrypted ones (RFC 7516 s7.2).
constexpr std::string_view kNames[] = {"kty", "kid", "crv",        "n",        "e",  "d",
                                       "p",   "q",   "dp",         "dq",       "qi", "x",
                                       "y",   "k",   "ciphertext", "protected"};

constexpr Error kTwice = key_error(KeyFault::damaged, "a member of a JWK twice");

std::string_view known_name(std::string_view name) noexcept {
    for (const std::string_view known : kNames)
        if (known == name) return known;
    return {};
}

// Nlohmann's events instead of its values, so that nothing is built of what does not matter. Its
// last copy of a string is wiped when it has been taken over; smaller ones that it outgrew while
// it read are not within reach.
class Handler final : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit Handler(std::size_t size) noexcept : size_(size) {}

    std::vector<JsonKey> keys;
    Error error = key_error(KeyFault::damaged, "damaged JSON in a key file");

    bool null() override { return other(); }
    bool boolean(bool) override { return other(); }
    bool number_integer(number_integer_t) override { return other(); }
    bool number_unsigned(number_unsigned_t) override { return other(); }
    bool number_float(number_float_t, const string_t&) override { return other(); }
    bool binary(binary_t&) override { return false; }

    bool string(string_t& value) override {
        SecretBytes copy(as_bytes(value));
        wipe({reinterpret_cast<std::uint8_t*>(value.data()), value.size()});
        if (!in_member()) return true;
        return keys.back().add(name_, std::move(copy)) || stop(kTwice);
    }
    bool start_object(std::size_t) override {
        if (!other() || !descend()) return false;
        // The file's own object, and those in its array "keys".
        if (depth_ == 1 || (depth_ == 3 && in_set_)) {
            if (keys.size() >= kMaxJwkSet + 1)
                return stop(key_error(KeyFault::over_limit, "too many keys in a JWK set"));
            keys.emplace_back();
            key_depth_ = depth_;
        }
        return true;
    }
    bool end_object() override {
        if (depth_ == key_depth_) key_depth_ = 0;
        --depth_;
        return true;
    }
    bool start_array(std::size_t) override {
        if (depth_ == 0 || !other()) return false;
        in_set_ = in_set_ || (depth_ == 1 && in_keys_);
        return descend();
    }
    bool end_array() override {
        if (--depth_ == 1) in_set_ = false;
        return true;
    }
    bool key(string_t& name) override {
        in_keys_ = depth_ == 1 && name == "keys";
        name_ = depth_ == key_depth_ ? known_name(name) : std::string_view();
        return true;
    }
    // Its text quotes the file, which must not get into an Error.
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::json::exception&) override {
        const std::size_t at = position == 0 ? 0 : position - 1;
        error = at >= size_ ? key_error(KeyFault::truncated,
                                        "the JSON of the key file ends too early", size_)
                            : key_error(KeyFault::damaged, error.what, at);
        return false;
    }

  private:
    // Whether what comes is the value of a member that matters.
    bool in_member() const noexcept {
        return key_depth_ != 0 && depth_ == key_depth_ && !name_.empty();
    }
    bool other() { return !in_member() || keys.back().add_other(name_) || stop(kTwice); }
    bool descend() {
        if (depth_ >= kMaxJsonDepth)
            return stop(key_error(KeyFault::over_limit, "JSON of the key file nested too deeply"));
        ++depth_;
        return true;
    }
    bool stop(const Error& why) noexcept {
        error = why;
        return false;
    }

    std::size_t size_;
    int depth_ = 0;
    int key_depth_ = 0;     // of the object that is the last of `keys`, while inside of it
    bool in_keys_ = false;  // the last name of the file's own object is "keys"
    bool in_set_ = false;   // inside of the array behind it
    std::string_view name_;
};

}  // namespace

std::string_view JsonKey::operator[](std::string_view name) const noexcept {
    for (const Member& member : members_)
        if (member.name == name) return as_text(member.value);
    return {};
}

bool JsonKey::has(std::string_view name) const noexcept {
    for (const Member& member : members_)
        if (member.name == name) return true;
    return false;
}

bool JsonKey::add(std::string_view name, SecretBytes value) {
    if (has(name)) return false;
    members_.push_back({name, std::move(value)});
    return true;
}

bool JsonKey::add_other(std::string_view name) {
    has_other_ = true;
    return add(name, {});
}

Result<std::vector<JsonKey>> parse_json_keys(std::string_view text) {
    Handler handler(text.size());
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &handler)) return handler.error;
    // The first is the file's own object; with keys inside it is only their frame.
    if (handler.keys.size() > 1) handler.keys.erase(handler.keys.begin());
    return std::move(handler.keys);
}

}  // namespace nacre::detail
