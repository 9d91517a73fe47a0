/// \file
/// Messages of user authentication: RFC 4252, RFC 4256, publickey-hostbound-v00@openssh.com.
#pragma once
#include <nacre/wire/codec.hpp>
#include <nacre/wire/numbers.hpp>

namespace nacre::msg {

struct UserauthRequest {  // RFC 4252 s5; `method_data` is one of the *Data structs below
    static constexpr std::uint8_t kNumber = userauth_request;
    std::string_view user_name;
    std::string_view service_name;
    std::string_view method_name;
    Rest method_data;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.user_name, m.service_name, m.method_name, m.method_data);
    }
};

struct UserauthFailure {  // RFC 4252 s5.1
    static constexpr std::uint8_t kNumber = userauth_failure;
    NameList authentications_that_can_continue;
    bool partial_success = false;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.authentications_that_can_continue, m.partial_success);
    }
};

struct UserauthSuccess {  // RFC 4252 s5.1
    static constexpr std::uint8_t kNumber = userauth_success;
    template <class S, class V>
    static void fields(S&, V&& v) {
        v();
    }
};

struct UserauthBanner {  // RFC 4252 s5.4
    static constexpr std::uint8_t kNumber = userauth_banner;
    std::string_view message;
    std::string_view language_tag;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.message, m.language_tag);
    }
};

struct UserauthPkOk {  // RFC 4252 s7
    static constexpr std::uint8_t kNumber = 60;
    std::string_view public_key_algorithm_name;
    ByteView public_key_blob;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.public_key_algorithm_name, m.public_key_blob);
    }
};

struct UserauthPasswdChangereq {  // RFC 4252 s8
    static constexpr std::uint8_t kNumber = 60;
    std::string_view prompt;
    std::string_view language_tag;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.prompt, m.language_tag);
    }
};

struct UserauthInfoRequest {  // RFC 4256 s3.2; the prompts follow as (string prompt, boolean echo)
    static constexpr std::uint8_t kNumber = 60;
    std::string_view name;
    std::string_view instruction;
    std::string_view language_tag;
    std::uint32_t num_prompts = 0;
    Rest prompts;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.name, m.instruction, m.language_tag, m.num_prompts, m.prompts);
    }
};

struct UserauthInfoResponse {  // RFC 4256 s3.4; the responses follow as strings
    static constexpr std::uint8_t kNumber = 61;
    std::uint32_t num_responses = 0;
    Rest responses;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.num_responses, m.responses);
    }
};

/// What follows the method name in USERAUTH_REQUEST; these have no number of their own.
struct PasswordData {  // RFC 4252 s8; `passwords` is string password, or string old, string new
    static constexpr std::uint8_t kNumber = userauth_request;
    bool change = false;
    Rest passwords;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.change, m.passwords);
    }
};

/// RFC 4252 s7; `rest` is empty for a query, `string signature` for a login, and in
/// publickey-hostbound-v00@openssh.com begins with `string server_host_key`.
struct PublickeyData {
    static constexpr std::uint8_t kNumber = userauth_request;
    bool has_signature = false;
    std::string_view public_key_algorithm_name;
    ByteView public_key_blob;
    Rest rest;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.has_signature, m.public_key_algorithm_name, m.public_key_blob, m.rest);
    }
};

struct KeyboardInteractiveData {  // RFC 4256 s3.1
    static constexpr std::uint8_t kNumber = userauth_request;
    std::string_view language_tag;
    std::string_view submethods;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.language_tag, m.submethods);
    }
};

}  // namespace nacre::msg
