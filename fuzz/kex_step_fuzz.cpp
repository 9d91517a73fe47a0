// Target functions: KexMethod::start and step of every method, in both roles.
// Each exchange was made once; an input chooses one, a role, and what is changed in the messages to
// that role. Nothing changed: the same outcome. Anything changed: an error or another outcome, so
// that the two ends never agree on it.
#include "fuzz.hpp"
#include "support/det_rng.hpp"
#include "support/hex.hpp"
#include "value_changes.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/wire/message/kex.hpp>

#include <map>
#include <optional>

using namespace nacre;
using fuzz::add_numbers;
using fuzz::subtract_numbers;

namespace {

enum class Family : std::uint8_t { montgomery, point, modp, exchanged };

/// What is known of methods, by the beginning of their names.
struct Kind {
    std::string_view prefix;
    std::size_t weight;    // how often an input chooses it
    std::uint32_t one_in;  // of the inputs that do, one in so many is run: some take long
    Family family;
    std::size_t share;  // bytes of the classical share, or bits of the group
};
constexpr Kind kKinds[] = {
    {"curve25519-", 20, 1, Family::montgomery, 32},
    {"ecdh-sha2-nistp256", 20, 1, Family::point, 65},
    {"ecdh-sha2-nistp384", 8, 1, Family::point, 97},
    {"ecdh-sha2-nistp521", 6, 1, Family::point, 133},
    {"mlkem768x25519", 20, 1, Family::montgomery, 32},
    {"mlkem768nistp256", 16, 1, Family::point, 65},
    {"mlkem1024nistp384", 8, 1, Family::point, 97},
    {"sntrup761x25519", 6, 4, Family::montgomery, 32},
    {"curve448-", 8, 1, Family::montgomery, 56},
    {"diffie-hellman-group1-", 12, 1, Family::modp, 1024},
    {"diffie-hellman-group14-", 4, 4, Family::modp, 2048},
    {"diffie-hellman-group15-", 1, 8, Family::modp, 3072},
    {"diffie-hellman-group16-", 1, 16, Family::modp, 4096},
    {"diffie-hellman-group17-", 1, 32, Family::modp, 6144},
    {"diffie-hellman-group18-", 1, 64, Family::modp, 8192},
    {"diffie-hellman-group-exchange-", 4, 4, Family::exchanged, 2048},
};
constexpr std::size_t kMostChanges = 4;
constexpr std::size_t kMostSecret = 4 + 1 + 8192 / 8;
constexpr std::size_t kMostMessage = 2 * (4 + 1 + 8192 / 8);

/// Of the group of so many bits, as our own server says it in a group exchange. It has none as
/// small as group 1 (RFC 2409 s6.2).
Bytes prime(std::size_t bits) {
    if (bits == 1024)
        return test::from_hex(
            "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
            "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
            "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
            "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff");
    test::DetRng rng(3);
    KexContext context;
    context.role = Role::server;
    context.rng = &rng;
    const auto method = botan_provider().kex("diffie-hellman-group-exchange-sha256", context);
    NACRE_FUZZ_CHECK(method && (*method)->start());
    const auto size = static_cast<std::uint32_t>(bits);
    Bytes request;
    write_body(msg::KexDhGexRequest{size, size, size}, request);
    const auto group = (*method)->step(msg::KexDhGexRequest::kNumber, request);
    NACRE_FUZZ_CHECK(group && group->send);
    const auto decoded = decode<msg::KexDhGexGroup>(group->send->body);
    NACRE_FUZZ_CHECK(decoded.has_value());
    return to_bytes(decoded->p.magnitude);
}

/// Both ends' messages and what they agreed on.
struct Exchange {
    std::string_view name;
    const Kind* kind = nullptr;
    Bytes p;  // modp and exchanged
    std::vector<KexMessage> to_server, to_client;
    Bytes hash_fields, secret;
};

const std::vector<DhGroup>& groups() {
    static const std::vector<DhGroup> kGroups = {{2048, prime(2048), {2}},
                                                 {3072, prime(3072), {2}}};
    return kGroups;
}

std::unique_ptr<KexMethod> make(std::string_view name, Role role, Rng& rng) {
    static const std::uint8_t kHostKey[] = {0, 0, 0, 1, 'k'};
    KexContext context;
    context.role = role;
    context.rng = &rng;
    context.groups = &groups();
    context.group_bits = 2048;
    context.host_key = kHostKey;
    auto method = botan_provider().kex(name, context);
    NACRE_FUZZ_CHECK(method.has_value());
    return std::move(*method);
}

test::DetRng rng_of(Role role) {
    return test::DetRng(role == Role::client ? 1 : 2);
}

/// The message that ends an exchange, as a session makes it of what the server's method answered.
KexMessage last_message(const KexDone& done) {
    KexMessage message{done.reply_number, {}};
    Writer(message.body).string(std::string_view("the host key"));
    append(message.body, done.reply_field);
    Writer(message.body).string(std::string_view("the signature"));
    return message;
}

Exchange record(std::string_view name, const Kind& kind) {
    Exchange made{name, &kind, {}, {}, {}, {}, {}};
    if (kind.family == Family::modp || kind.family == Family::exchanged) made.p = prime(kind.share);
    auto client_rng = rng_of(Role::client), server_rng = rng_of(Role::server);
    const auto client = make(name, Role::client, client_rng);
    const auto server = make(name, Role::server, server_rng);
    auto up = client->start();
    NACRE_FUZZ_CHECK(server->start().has_value());
    std::optional<KexDone> answered;
    for (;;) {
        NACRE_FUZZ_CHECK(up.has_value());
        if (up->done) break;
        made.to_server.push_back(*up->send);
        auto down = server->step(up->send->number, up->send->body);
        NACRE_FUZZ_CHECK(down.has_value());
        if (down->done) answered = std::move(down->done);
        made.to_client.push_back(answered ? last_message(*answered) : *down->send);
        up = client->step(made.to_client.back().number, made.to_client.back().body);
    }
    NACRE_FUZZ_CHECK(answered && answered->hash_fields == up->done->hash_fields);
    NACRE_FUZZ_CHECK(same_bytes(answered->shared_secret, up->done->shared_secret));
    NACRE_FUZZ_CHECK(answered->shared_secret.size() <= kMostSecret);
    made.hash_fields = answered->hash_fields;
    made.secret = to_bytes(answered->shared_secret.view());
    return made;
}

const Exchange& exchange(std::size_t which) {
    struct Choice {
        std::string_view name;
        const Kind* kind;
    };
    static const std::vector<Choice> kChoices = [] {
        std::vector<Choice> choices;
        for (const auto& method : botan_provider().algorithms(Algorithm::kex)) {
            const auto* kind =
                std::find_if(std::begin(kKinds), std::end(kKinds),
                             [&](const Kind& one) { return method.name.starts_with(one.prefix); });
            // A new method needs a row.
            NACRE_FUZZ_CHECK(kind != std::end(kKinds));
            choices.insert(choices.end(), kind->weight, {method.name, kind});
        }
        return choices;
    }();
    static std::map<std::string_view, Exchange> made;
    const Choice& choice = kChoices[which % kChoices.size()];
    const auto found = made.find(choice.name);
    if (found != made.end()) return found->second;
    return made.emplace(choice.name, record(choice.name, *choice.kind)).first->second;
}

Bytes little_endian(Bytes number) {
    std::reverse(number.begin(), number.end());
    return number;
}

/// 2^bits - less, in whole bytes.
Bytes below_power(std::size_t bits, const Bytes& less) {
    Bytes power(1 + bits / 8, 0);
    power[power.size() - 1 - bits / 8] = static_cast<std::uint8_t>(1u << (bits % 8));
    return subtract_numbers(power, less);
}

/// The values at the edges of what a share may be: zero, one, the field's prime and its neighbours,
/// points of low order or in other forms.
Bytes extreme_share(const Exchange& of, ByteView share, std::uint8_t which) {
    const std::size_t size = share.size();
    const auto delta = static_cast<std::uint8_t>(which >> 4);  // to the one or the other side
    switch (of.kind->family) {
        case Family::modp:
        case Family::exchanged: {
            Bytes padded(1, 0);
            append(padded, of.p);
            const Bytes near = which % 2 == 0 ? add_numbers(padded, Bytes{delta})
                                              : subtract_numbers(padded, Bytes{delta});
            if (which % 16 < 8) return near;
            if (which % 16 < 10) return Bytes(1, delta);
            if (which % 16 < 12) return {};
            return subtract_numbers(padded, share);
        }
        case Family::point: {
            Bytes point = to_bytes(share);
            const std::size_t half = size / 2;
            if (size < 3 || size % 2 == 0) return point;
            switch (which % 6) {
                case 0:  // infinity
                    return {0};
                case 1:
                    std::fill(point.begin() + 1, point.end(), delta);
                    return point;
                case 2:  // compressed
                    point[0] = static_cast<std::uint8_t>(2 + point.back() % 2);
                    point.resize(1 + half);
                    return point;
                case 3:  // hybrid form
                    point[0] = static_cast<std::uint8_t>(6 + point.back() % 2);
                    return point;
                case 4:
                    std::swap_ranges(point.begin() + 1,
                                     point.begin() + 1 + static_cast<std::ptrdiff_t>(half),
                                     point.begin() + 1 + static_cast<std::ptrdiff_t>(half));
                    return point;
                default:
                    std::fill(point.begin() + 1 + static_cast<std::ptrdiff_t>(half), point.end(),
                              std::uint8_t{0});
                    return point;
            }
        }
        case Family::montgomery:
            break;
    }
    if (size == 0) return {};
    // RFC 7748 s4.1, s4.2: p = 2^255 - 19, or 2^448 - 2^224 - 1.
    Bytes p = size == 32 ? below_power(255, {19}) : below_power(448, {});
    if (size != 32) {
        Bytes less(29, 0);
        less[0] = 1, less[28] = 1;
        p = subtract_numbers(p, less);
    }
    Bytes value = which % 2 == 0 ? add_numbers(p, Bytes{delta}) : subtract_numbers(p, Bytes{delta});
    if (which % 8 >= 4) value = Bytes(size, 0), value.back() = delta;
    value = little_endian(value);
    value.resize(size);
    // The bit that X25519 does not look at.
    if (which % 8 >= 6) value.back() |= 0x80;
    return value;
}

/// Extremes of what stands before the share of a hybrid, or of the share.
Bytes extreme(const Exchange& of, ByteView value, std::uint8_t which) {
    const bool modp = of.kind->family == Family::modp || of.kind->family == Family::exchanged;
    const std::size_t tail = modp ? value.size() : std::min(value.size(), of.kind->share);
    Bytes made = to_bytes(value.first(value.size() - tail));
    if (!made.empty() && which % 4 == 3) {
        std::fill(made.begin(), made.end(), static_cast<std::uint8_t>(which < 128 ? 0 : 0xff));
        append(made, value.last(tail));
        return made;
    }
    append(made, extreme_share(of, value.last(tail), which));
    return made;
}

/// Whether both shares make the same secret by the mathematics of the method: it takes x alone, or
/// squares, or has a bit that is not looked at. The exchange hash has the bytes.
bool equivalent(const Exchange& of, ByteView a, ByteView b) {
    if (of.kind->family == Family::modp || of.kind->family == Family::exchanged) {
        Bytes padded(of.p.size() - std::min(of.p.size(), a.size()), 0);
        append(padded, a);
        return add_numbers(padded, b) == of.p;
    }
    const std::size_t share = of.kind->share;
    if (a.size() != b.size() || a.size() < share) return false;
    const std::size_t before = a.size() - share;
    if (!same_bytes(a.first(before), b.first(before))) return false;
    if (of.kind->family == Family::point)
        return same_bytes(a.subspan(before, 1 + share / 2), b.subspan(before, 1 + share / 2));
    return share == 32 && same_bytes(a.first(a.size() - 1), b.first(b.size() - 1)) &&
           ((a.back() ^ b.back()) & 0x7f) == 0;
}

/// The share in a message: its only string, or the second of three.
Bytes share_of(ByteView body) {
    const auto fields = fuzz::split_strings(body);
    Bytes share = fields.empty() ? Bytes() : fields[fields.size() == 3 ? 1 : 0];
    if (!share.empty() && share[0] == 0 && share.size() % 8 == 1) share.erase(share.begin());
    return share;
}

void change_message(const Exchange& of, Bytes& body, fuzz::FuzzInput& in) {
    constexpr std::uint32_t kSizes[] = {0, 1, 1024, 2047, 2048, 2049, 3072, 8192, 8193, 0xffffffff};
    const std::uint8_t where = in.u8();
    auto fields = fuzz::split_strings(body);
    if (where % 4 == 0 || fields.empty()) {
        fuzz::change(body, in, [&](std::uint8_t which) {
            Bytes sized = body;
            if (sized.size() >= 4)
                store_be32(sized.data() + which % (sized.size() / 4) * 4,
                           kSizes[which / 4 % std::size(kSizes)]);
            return sized;
        });
        return;
    }
    Bytes& field = fields[where / 4 % fields.size()];
    fuzz::change(field, in, [&](std::uint8_t which) { return extreme(of, field, which); });
    body = fuzz::join_strings(fields);
}

std::uint32_t hash_of(ByteView bytes) {
    std::uint32_t hash = 2166136261u;
    for (const auto byte : bytes) hash = (hash ^ byte) * 16777619u;
    return hash;
}

void check_step(const KexStep& step) {
    if (step.send) NACRE_FUZZ_CHECK(step.send->body.size() <= kMostMessage);
    if (!step.done) return;
    NACRE_FUZZ_CHECK(step.done->shared_secret.size() > 4);
    NACRE_FUZZ_CHECK(step.done->shared_secret.size() <= kMostSecret);
    NACRE_FUZZ_CHECK(step.done->hash_fields.size() <= 2 * kMostMessage);
}

/// The outcome of `messages` in `role`; nullopt: an error, or a question that nobody answers.
std::optional<KexDone> run(const Exchange& of, Role role, const std::vector<KexMessage>& messages) {
    auto rng = rng_of(role);
    const auto method = make(of.name, role, rng);
    const auto first = method->start();
    NACRE_FUZZ_CHECK(first.has_value());
    std::optional<KexDone> done;
    for (const KexMessage& message : messages) {
        NACRE_FUZZ_CHECK(!done && method->expects(message.number));
        auto step = method->step(message.number, message.body);
        // What came once is not waited for again.
        const auto again = method->step(message.number, message.body);
        NACRE_FUZZ_CHECK(!method->expects(message.number) && !again);
        NACRE_FUZZ_CHECK(again.error().disconnect == Disconnect::key_exchange_failed);
        if (!step) {
            NACRE_FUZZ_CHECK(step.error().disconnect == Disconnect::key_exchange_failed);
            return {};
        }
        check_step(*step);
        done = std::move(step->done);
    }
    NACRE_FUZZ_CHECK(done.has_value());
    return done;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FuzzInput in(data, size);
    const Exchange& of = exchange(in.u8());
    if (hash_of({data, size}) % of.kind->one_in != 0) return 0;
    const std::uint8_t how = in.u8();
    const Role role = (how & 1) != 0 ? Role::server : Role::client;
    const auto& good = role == Role::server ? of.to_server : of.to_client;
    auto messages = good;
    for (std::size_t i = 0; i < kMostChanges && !in.empty(); ++i)
        change_message(of, messages[in.below(messages.size())].body, in);
    std::size_t changed = 0;
    for (std::size_t i = 0; i < good.size(); ++i)
        if (messages[i].body != good[i].body) ++changed;

    const auto done = run(of, role, messages);
    if (changed == 0) NACRE_FUZZ_CHECK(done.has_value());
    if (!done) return 0;
    const bool same_secret = same_bytes(done->shared_secret, of.secret);
    const bool same_hash = done->hash_fields == of.hash_fields;
    if (changed == 0) {
        NACRE_FUZZ_CHECK(same_secret && same_hash);
        return 0;
    }
    if (role == Role::server) {
        NACRE_FUZZ_CHECK(!same_hash);
    } else {
        const auto as_sent = fuzz::split_strings(good.back().body);
        NACRE_FUZZ_CHECK(!same_hash || done->host_key != as_sent[0] ||
                         done->signature != as_sent[2]);
    }
    const Bytes share = share_of(messages.back().body), good_share = share_of(good.back().body);
    // The share alone was changed: only what is the same share makes the same secret.
    if (same_secret && same_bytes(messages.front().body, good.front().body) == (good.size() == 2) &&
        share != good_share)
        NACRE_FUZZ_CHECK(equivalent(of, share, good_share));

    // What the server made of a changed share is no use to a client that sent another one.
    if (role == Role::server && (how & 2) != 0) {
        auto answers = of.to_client;
        answers.back() = last_message(*done);
        const auto theirs = run(of, Role::client, answers);
        if (theirs && same_bytes(theirs->shared_secret, done->shared_secret)) {
            NACRE_FUZZ_CHECK(theirs->hash_fields != done->hash_fields);
            NACRE_FUZZ_CHECK(messages.size() != 1 || equivalent(of, share, good_share));
        }
    }
    return 0;
}
