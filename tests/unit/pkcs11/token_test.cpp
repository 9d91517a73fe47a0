// Keys that pkcs11-tool makes in tokens of SoftHSM 2.
#include <nacre/crypto/botan.hpp>
#include <nacre/pkcs11/token.hpp>

#include <catch2/catch_all.hpp>

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace nacre::pkcs11 {
namespace {

constexpr char kPin[] = "1234";

struct KeyKind {
    const char* kind;  ///< for pkcs11-tool
    const char* label;
    const char* type;
};
constexpr KeyKind kKinds[] = {
    {"rsa:2048", "rsa", "ssh-rsa"},
    {"EC:prime256v1", "p256", "ecdsa-sha2-nistp256"},
    {"EC:secp384r1", "p384", "ecdsa-sha2-nistp384"},
    {"EC:secp521r1", "p521", "ecdsa-sha2-nistp521"},
    {"EC:edwards25519", "ed", "ssh-ed25519"},
};

std::string softhsm() {
    for (const char* path :
         {"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib/softhsm/libsofthsm2.so",
          "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib/pkcs11/libsofthsm2.so"})
        if (std::filesystem::exists(path)) return path;
    return {};
}

bool run(const std::string& command) {
    return std::system((command + " > /dev/null 2>&1").c_str()) == 0;
}

/// A folder with a module and a token "nacre test", made once. The module is a copy, so that each
/// has a configuration of its own.
class Token {
  public:
    explicit Token(const std::string& setting) {
        const std::string original = softhsm();
        if (original.empty() || !run("command -v softhsm2-util pkcs11-tool"))
            SKIP("no SoftHSM 2 or no pkcs11-tool");
        folder_ = (std::filesystem::temp_directory_path() / "nacre-token-XXXXXX").string();
        REQUIRE(::mkdtemp(folder_.data()) != nullptr);
        std::filesystem::copy_file(original, module());
        std::filesystem::create_directory(folder_ + "/tokens");
        std::ofstream(folder_ + "/conf")
            << "directories.tokendir = " << folder_ << "/tokens\nlog.level = ERROR\n"
            << setting << '\n';
        REQUIRE(::setenv("SOFTHSM2_CONF", (folder_ + "/conf").c_str(), 1) == 0);
        REQUIRE(run("softhsm2-util --init-token --free --label 'nacre test' --so-pin 5678 --pin " +
                    std::string(kPin)));
    }
    ~Token() { std::filesystem::remove_all(folder_); }

    std::string module() const { return folder_ + "/module.so"; }
    void make(const KeyKind& key, const std::string& id) const {
        CAPTURE(key.kind);
        REQUIRE(run("pkcs11-tool --module " + module() + " --login --pin " + kPin +
                    " --keypairgen --key-type " + key.kind + " --label " + key.label + " --id " +
                    id));
    }
    Uri uri(const std::string& attributes) const {
        auto parsed = parse_uri("pkcs11:" + attributes + "?module-path=" + module());
        REQUIRE(parsed.has_value());
        return *std::move(parsed);
    }

  private:
    std::string folder_;
};

std::optional<SecretBytes> pin() {
    return SecretBytes(as_bytes(kPin));
}

void check_signs(Signer& signer) {
    const auto key = botan_provider().public_key(signer.public_blob());
    REQUIRE(key.has_value());
    CHECK(signer.immediate());
    CHECK(signer.costly());
    for (const auto algorithm : signer.algorithms()) {
        CAPTURE(algorithm);
        int answers = 0;
        signer.sign(as_bytes("data"), algorithm,
                    Reply<Signature>::from([&](Result<Signature>&& made) {
                        ++answers;
                        if (!made) FAIL(made.error().what << " " << made.error().detail);
                        CHECK((*key)->verify(algorithm, as_bytes("data"), made->blob));
                    }));
        CHECK(answers == 1);
    }
}

TEST_CASE("keys in a token sign", "[pkcs11]") {
    const Token token("");
    int id = 1;
    for (const auto& kind : kKinds) token.make(kind, "0" + std::to_string(id++));

    const auto listed = list_keys(token.uri(""));
    REQUIRE(listed.has_value());
    REQUIRE(listed->size() == std::size(kKinds));
    for (const auto& kind : kKinds) {
        CAPTURE(kind.kind);
        const auto one = list_keys(token.uri(std::string("object=") + kind.label));
        REQUIRE(one.has_value());
        REQUIRE(one->size() == 1);
        CHECK(one->front().token == "nacre test");
        CHECK(one->front().label == kind.label);
        CHECK(one->front().type == kind.type);
        CHECK(list_keys(token.uri("id=%0" + std::to_string(one->front().id[0])))->size() == 1);
    }

    // A wrong PIN, and none.
    const auto wrong = make_signers(
        token.uri(""), [](const std::string&) { return SecretBytes(as_bytes("12345")); },
        botan_provider());
    CHECK(wrong.error().code == Errc::peer_refused);
    CHECK(make_signers(token.uri(""), {}, botan_provider()).error().code == Errc::peer_refused);

    std::atomic<int> asked{0};
    const auto ask = [&](const std::string& name) {
        ++asked;
        CHECK(name == "nacre test");
        return pin();
    };
    const auto signers =
        make_signers(token.uri("token=nacre%20test;type=private"), ask, botan_provider());
    REQUIRE(signers.has_value());
    REQUIRE(signers->size() == std::size(kKinds));
    CHECK(asked == 1);
    for (const auto& signer : *signers) check_signs(*signer);
    for (const auto& kind : kKinds) {
        const auto one =
            make_signers(token.uri(std::string("token=nacre%20test;object=") + kind.label), ask,
                         botan_provider());
        REQUIRE(one.has_value());
        REQUIRE(one->size() == 1);
        CHECK(one->front()->type() == kind.type);
    }
    CHECK(asked == 1);

    // Somebody ends all sessions, and the login with them.
    void* library = ::dlopen(token.module().c_str(), RTLD_NOW);
    REQUIRE(library != nullptr);
    CK_FUNCTION_LIST* functions = nullptr;
    reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"))(&functions);
    CK_SLOT_ID slots[4] = {};
    CK_ULONG count = 4;
    REQUIRE(functions->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK);
    for (int times = 0; times < 2; ++times) {
        for (CK_ULONG i = 0; i < count; ++i)
            REQUIRE(functions->C_CloseAllSessions(slots[i]) == CKR_OK);
        for (const auto& signer : *signers) check_signs(*signer);
        CHECK(asked == 2 + times);
    }

    // From several threads.
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (const auto& signer : *signers)
                for (int round = 0; round < 5; ++round)
                    signer->sign(as_bytes("data"), signer->algorithms().back(),
                                 Reply<Signature>::from([&](Result<Signature>&& made) {
                                     if (made) ++right;
                                 }));
        });
    for (auto& thread : threads) thread.join();
    CHECK(right == 4 * 5 * static_cast<int>(std::size(kKinds)));
    (*signers)[0]->sign(as_bytes("data"), "no-such",
                        Reply<Signature>::from([](Result<Signature>&& made) {
                            CHECK(made.error().code == Errc::unsupported);
                        }));
    ::dlclose(library);
}

TEST_CASE("a PIN that the token refused is not tried again", "[pkcs11]") {
    const Token token("");
    token.make(kKinds[1], "01");
    int asked = 0;
    bool right = true;
    const auto signers = make_signers(
        token.uri(""),
        [&](const std::string&) {
            ++asked;
            return right ? *pin() : SecretBytes(as_bytes("9999"));
        },
        botan_provider());
    REQUIRE(signers.has_value());
    // Somebody ends the login, and the PIN has been changed.
    void* library = ::dlopen(token.module().c_str(), RTLD_NOW);
    REQUIRE(library != nullptr);
    CK_FUNCTION_LIST* functions = nullptr;
    reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"))(&functions);
    CK_SLOT_ID slots[4] = {};
    CK_ULONG count = 4;
    REQUIRE(functions->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK);
    CK_SESSION_HANDLE session = 0;
    REQUIRE(functions->C_OpenSession(slots[0], CKF_SERIAL_SESSION, nullptr, nullptr, &session) ==
            CKR_OK);
    REQUIRE(functions->C_Logout(session) == CKR_OK);
    right = false;
    for (int i = 0; i < 3; ++i)
        signers->front()->sign(as_bytes("data"), signers->front()->algorithms()[0],
                               Reply<Signature>::from([](Result<Signature>&& made) {
                                   CHECK(made.error().code == Errc::peer_refused);
                               }));
    CHECK(asked == 2);
    ::dlclose(library);
}

/// Attributes of the keys of a token, which pkcs11-tool would not change so.
class Objects {
  public:
    explicit Objects(const Token& token) : library_(::dlopen(token.module().c_str(), RTLD_NOW)) {
        REQUIRE(library_ != nullptr);
        // So that the module is initialised.
        REQUIRE(list_keys(token.uri("")).has_value());
        const auto get =
            reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library_, "C_GetFunctionList"));
        REQUIRE(get(&functions_) == CKR_OK);
        CK_SLOT_ID slots[4] = {};
        CK_ULONG count = 4;
        REQUIRE(functions_->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK);
        REQUIRE(functions_->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr,
                                          nullptr, &session_) == CKR_OK);
        std::string pin_text = kPin;
        const CK_RV done = functions_->C_Login(
            session_, CKU_USER, reinterpret_cast<unsigned char*>(pin_text.data()), pin_text.size());
        REQUIRE((done == CKR_OK || done == CKR_USER_ALREADY_LOGGED_IN));
    }
    Objects(const Objects&) = delete;
    Objects& operator=(const Objects&) = delete;
    ~Objects() {
        functions_->C_CloseSession(session_);
        ::dlclose(library_);
    }
    void set(CK_OBJECT_CLASS which, std::string label, CK_ATTRIBUTE_TYPE type, std::string value) {
        CK_ATTRIBUTE pattern[] = {{CKA_CLASS, &which, sizeof which},
                                  {CKA_LABEL, label.data(), label.size()}};
        REQUIRE(functions_->C_FindObjectsInit(session_, pattern, 2) == CKR_OK);
        CK_OBJECT_HANDLE found = 0;
        CK_ULONG count = 0;
        REQUIRE(functions_->C_FindObjects(session_, &found, 1, &count) == CKR_OK);
        functions_->C_FindObjectsFinal(session_);
        REQUIRE(count == 1);
        CK_ATTRIBUTE changed{type, value.data(), value.size()};
        REQUIRE(functions_->C_SetAttributeValue(session_, found, &changed, 1) == CKR_OK);
    }
    void close_all() {
        CK_SLOT_ID slots[4] = {};
        CK_ULONG count = 4;
        REQUIRE(functions_->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK);
        for (CK_ULONG i = 0; i < count; ++i) functions_->C_CloseAllSessions(slots[i]);
    }

  private:
    void* library_;
    CK_FUNCTION_LIST* functions_ = nullptr;
    CK_SESSION_HANDLE session_ = 0;
};

TEST_CASE("a key without an id is paired by its label and curve, or not at all", "[pkcs11]") {
    const Token token("");
    constexpr KeyKind kOne{"EC:prime256v1", "one", ""}, kTwo{"EC:prime256v1", "two", ""},
        kThree{"EC:secp384r1", "three", ""};
    token.make(kOne, "01");
    token.make(kTwo, "02");
    token.make(kThree, "03");
    const auto ask = [](const std::string&) { return pin(); };
    const auto all = make_signers(token.uri(""), ask, botan_provider());
    REQUIRE(all.has_value());
    REQUIRE(all->size() == 3);
    Objects objects(token);
    for (const char* label : {"one", "two", "three"})
        objects.set(CKO_PRIVATE_KEY, label, CKA_ID, "");
    // By label.
    const auto labelled = make_signers(token.uri(""), ask, botan_provider());
    REQUIRE(labelled.has_value());
    REQUIRE(labelled->size() == 3);
    for (const auto& signer : *labelled) check_signs(*signer);
    // Not with one on another curve.
    objects.set(CKO_PUBLIC_KEY, "one", CKA_LABEL, "former");
    objects.set(CKO_PUBLIC_KEY, "three", CKA_LABEL, "one");
    CHECK(make_signers(token.uri("object=one"), ask, botan_provider()).error().code ==
          Errc::not_found);
    // Not with one of two.
    CHECK(make_signers(token.uri("object=two"), ask, botan_provider()).has_value());
    objects.set(CKO_PUBLIC_KEY, "former", CKA_LABEL, "two");
    CHECK(make_signers(token.uri("object=two"), ask, botan_provider()).error().code ==
          Errc::not_found);
    // Nor without any name.
    objects.set(CKO_PRIVATE_KEY, "three", CKA_LABEL, "");
    CHECK(make_signers(token.uri(""), ask, botan_provider()).error().code == Errc::not_found);
}

TEST_CASE("a key that does not sign is none of ours", "[pkcs11]") {
    const Token token("");
    token.make(kKinds[1], "01");
    token.make(kKinds[2], "02");
    Objects(token).set(CKO_PRIVATE_KEY, "p256", CKA_SIGN, std::string(1, '\0'));
    const auto signers = make_signers(
        token.uri(""), [](const std::string&) { return pin(); }, botan_provider());
    REQUIRE(signers.has_value());
    REQUIRE(signers->size() == 1);
    CHECK(signers->front()->type() == "ecdsa-sha2-nistp384");
}

TEST_CASE("keys without label and id are found again by what they are", "[pkcs11]") {
    const Token token("");
    constexpr KeyKind kOne{"rsa:2048", "one", ""}, kTwo{"rsa:2048", "two", ""};
    token.make(kOne, "01");
    token.make(kTwo, "02");
    Objects objects(token);
    for (const char* label : {"one", "two"}) {
        objects.set(CKO_PRIVATE_KEY, label, CKA_ID, "");
        objects.set(CKO_PRIVATE_KEY, label, CKA_LABEL, "");
    }
    const auto signers = make_signers(
        token.uri(""), [](const std::string&) { return pin(); }, botan_provider());
    REQUIRE(signers.has_value());
    REQUIRE(signers->size() == 2);
    objects.close_all();
    for (const auto& signer : *signers) check_signs(*signer);
}

TEST_CASE("a token that cannot hash", "[pkcs11]") {
    const Token token("slots.mechanisms = CKM_RSA_PKCS,CKM_RSA_PKCS_KEY_PAIR_GEN");
    token.make(kKinds[0], "01");
    const auto signers = make_signers(
        token.uri("object=rsa"), [](const std::string&) { return pin(); }, botan_provider());
    REQUIRE(signers.has_value());
    check_signs(*signers->front());
}

TEST_CASE("no module, no token, no key", "[pkcs11]") {
    Uri uri;
    uri.module_path = "/nonexistent/module.so";
    CHECK(list_keys(uri).error().code == Errc::not_found);
    // A library that is no module.
    uri.module_path = "libz.so.1";
    CHECK(list_keys(uri).error().code == Errc::not_found);
    const Token token("");
    CHECK(list_keys(token.uri("token=other")).error().code == Errc::not_found);
    CHECK(list_keys(token.uri("serial=0")).error().code == Errc::not_found);
    CHECK(list_keys(token.uri("token=nacre%20test"))->empty());
    CHECK(make_signers(
              token.uri("object=none"), [](const std::string&) { return pin(); }, botan_provider())
              .error()
              .code == Errc::not_found);
}

}  // namespace
}  // namespace nacre::pkcs11
