"""The options of authorized_keys with OpenSSH's clients: what they take away is not to be had."""

import time

import harness


def test(live):
    harness.need("ssh")
    key = live.user_key()
    public = open(f"{key}.pub").read().strip()

    def line(options):
        live.authorize(f"{options} {public}")

    (live.tree / "inner").mkdir()
    with live.server("--allow-exec", "--permit-user-environment") as server:
        def pwd():
            return live.sftp(server, "pwd")

        for options, fits, why in (
                ('from="127.0.0.1"', True, ""),
                ('from="127.0.0.0/8,!192.0.2.1"', True, ""),
                ('from="127.0.*"', True, ""),
                ('from="192.0.2.0/24"', False, "not an address"),
                ('from="127.0.0.0/8,!127.0.0.1"', False, "not an address"),
                ('from="localhost"', False, "not an address"),
                ('expiry-time="20990101Z"', True, ""),
                ('expiry-time="20010101"', False, "has expired"),
                ("cert-authority", False, "key refused"),
                ('principals="joe"', False, "no authority"),
                ('tunnel="0",permitopen="localhost:80",permitlisten="8080",no-user-rc', True, ""),
                ("restrict", True, ""),
                ("no-such-option", False, "unknown option")):
            line(options)
            done = pwd()
            live.check(done.ok == fits and (fits or "Permission denied" in done.err), options, done)
            if why:
                live.check(server.logged(why), f"{options}: the log says why")
        soon = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 3600))
        past = time.strftime("%Y%m%d%H%M%S", time.localtime(time.time() - 3600))
        line(f'expiry-time="{soon}"')
        live.check_ok(pwd(), "a key that expires in an hour")
        line(f'expiry-time="{past}"')
        live.check_fails(pwd(), "permission denied", "one that expired an hour ago, local time")
        live.authorize(f'from="192.0.2.1" {public}', f'environment="WHICH=second" {public}')
        done = live.ssh(server, "echo $WHICH")
        live.check(done.out == "second\n", "of two lines the first that fits counts", done)

        line('command="echo forced: $SSH_ORIGINAL_COMMAND",environment="A=of the key"')
        done = live.ssh(server, "echo asked")
        live.check(done.out == "forced: echo asked\n", "command= instead of a command", done)
        done = live.ssh(server, "sftp", arguments=("-s",), input=b"\0\0\0\5\1\0\0\0\3")
        live.check(done.out == "forced: internal-sftp\n", "command= instead of sftp", done)
        done = live.ssh(server)
        live.check(done.out == "forced:\n", "command= instead of a shell", done)
        line('command="echo $A",environment="A=of the key"')
        done = live.ssh(server, "true")
        live.check(done.out == "of the key\n", "environment=", done)

        line('command="internal-sftp -R -d /inner",restrict')
        done = live.sftp(server, "pwd", "-mkdir new")
        live.check("/inner" in done.out, "internal-sftp -d", done)
        live.check("ermission denied" in done.text and not (live.tree / "inner/new").exists(),
                   "internal-sftp -R", done)
        done = live.ssh(server, "touch escaped")
        live.check(not (live.tree / "escaped").exists(), "internal-sftp runs no command", done)
        line('command="internal-sftp -P remove"')
        live.check(not pwd().ok, "internal-sftp with an option that is not honoured")
        live.check(server.logged("not started", "internal-sftp"), "the log says why")

    line('command="echo forced"')
    path = live.home / "authorized_keys"
    with live.server("--authorized-keys", path, authorized=False) as server:
        done = live.sftp(server, "pwd")
        live.check(not done.ok and "Permission denied (" not in done.err,
                   "without --allow-exec a forced command leaves nothing", done)
        live.check(server.logged("not started", "forced command"), "the log says so")


harness.main(test)
