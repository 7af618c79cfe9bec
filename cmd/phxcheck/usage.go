package main

const usage = `Usage: phxcheck [flags] URL
       phxcheck --basic [flags] URL
       phxcheck [--basic] --list

phxcheck checks a server of the Phoenix Channels protocol by playing scripted
conversations against it and comparing what comes back.

  phxcheck http://localhost:4100
      Everything that was recorded from Phoenix itself. The server must mount
      the laboratory: protocol/conformance/LAB.md says what that is, and shows
      how to add it to a Phoenix application. URL is what its mounts are below.

  phxcheck --basic ws://localhost:4000/socket
      What every server must do, whatever its channels are: heartbeats,
      unmatched topics, version negotiation, malformed frames, close codes, the
      HTTP side, long polling. URL is the mount: what clients give to
      "new Socket", without /websocket. Parameters that the server wants when a
      client connects go into its query: ws://localhost:4000/socket?token=abc

Which cases:
  --only patterns      only those with these names: "v2-join-ok,lp*-crash"
  --group groups       only these groups: join,leave,rejoin
  --skip-group groups  not these groups: presence
  --tags tags          only those with one of these tags: slow,large
  --skip-tags tags     not those with one of these tags: quirk,http-server
  --transport which    only those that need no more than websocket or longpoll.
                       With --basic what is not mounted is skipped, unless it
                       is named here
  --topic topic        with --basic: also join this topic, leave it, join it
                       twice. It must let anyone in, and be silent by itself
  --list               list the cases and do not run them

  The tags: quirk, from the inner workings of the reference server, where
  another one may well differ; http-server, from the HTTP server below it
  (Bandit); slow, takes seconds; large, sends megabytes.

How:
  --strict             compare with the reference in everything. Without it a
                       server may also do what this project decided to do
                       otherwise, and close frames may have any reason
  --parallel n         so many cases at once (default 8)
  --timeout duration   how long to wait for what must come (default 5s)
  --slack duration     how much later than recorded an answer may be, where
                       that is compared (default 1s): for busy machines
  --insecure           with https and wss: accept any certificate
  --format format      text (default), tap (TAP 14), junit (XML), json
  --quiet              text: only what did not pass, and the summary
  --help               this

Exit code: 0 nothing failed; 1 something failed, or the run was broken off;
2 the command line is wrong, or there is no such server.
`
