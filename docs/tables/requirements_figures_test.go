package tables

// stackFigures are the rows of stack-figures.md: section of lwip.md | figure | shown by.
const stackFigures = `
2 | TCP base and fast timer 125 ms | delayed-ack-waits-for-the-fast-tick wire:data-delack-series
2 | slow tick 250 ms | rto-of-a-lan-settles-at-three-ticks syn-is-repeated-six-times-and-given-up-after-6-seconds
2 | the first fast tick 25 to 125 ms after the start of the timer | first-fast-tick-comes-26-ms-after-a-start-before-a-run first-fast-tick-comes-125-ms-after-a-start-behind-a-run first-fast-tick-comes-38-ms-after-a-start-at-1000
2 | the slow tick's phase is kept | slow-tick-alternates-with-a-phase-kept-from-before wire:open-noanswer-parity
2 | the TCP timer runs only while a connection exists | tick-counter-stands-still-without-connections TestIdleStackWantsNothing
2 | one run after boot, counter 1 | isn-of-the-first-connection-is-6511
2 | polls every 25 ms | delayed-ack-comes-at-once-just-before-the-tick
2 | ARP timer 5 s | arp-pending-entry-lives-5-to-10-seconds arp-pending-entry-is-alive-before-its-second-run
2 | DHCP fine timer 500 ms, coarse 60 s | dhcp-discover-gaps-double-to-60-seconds wire:dhcp-renew
2 | DNS timer 1 s | dns-without-answer-fails-after-6-to-7-seconds
2 | IGMP timer 100 ms | igmp-join-reports-at-once-and-again
3.1 | initial sequence number 6510, plus the counter per request | isn-of-the-first-connection-is-6511 isn-counts-every-allocation isn-of-a-passive-open-is-the-value-itself wire:open-isn-ports
3.2 | ephemeral port: 16 random bits modulo 32767, 1024 added below 1024 | ephemeral-port-is-random-modulo-32767 ephemeral-port-below-1024-gets-1024-added ephemeral-port-in-use-is-drawn-again ephemeral-port-of-a-listener-is-drawn-again
3.3 | bind conflicts with listeners, connections, TIME_WAIT | bind-conflicts-with-a-listener bind-conflicts-with-a-connection bind-conflicts-with-time-wait
4.1 | SYN: MSS 1460, window 5840, 24 bytes | syn-has-24-bytes-with-mss-1460-and-window-5840
4.1 | SYN of liblwip_536: MSS 536, window 2144 | syn-of-the-small-library-has-mss-536 wire:lib536-accept
4.1 | SYN repeated after 0.775-1.0 s, then every second, 6 times; given up at 6.03-6.25 s | syn-is-repeated-six-times-and-given-up-after-6-seconds syn-first-gap-is-short-when-a-tick-is-near
4.1 | SYN retries 1 to 12 | syn-retries-can-be-set-to-one syn-retries-can-be-set-to-twelve
4.1 | a late ARP reply releases three SYNs | late-arp-reply-releases-three-syns-at-once
4.1 | MSS: 536 without option, 0 and above 1460 count as 1460, no lower bound, MTU less 40 | mss-without-option-is-536 mss-option-of-0-counts-as-1460 mss-option-above-1460-counts-as-1460 mss-option-of-1-is-taken mss-is-limited-by-the-mtu
4.1 | SYN-ACK and RST only with ack ISN + 1 | syn-ack-with-a-wrong-ack-is-reset-and-a-right-one-still-connects rst-in-syn-sent-counts-by-its-ack
4.1 | initial windows: cwnd 2 MSS | initial-window-is-two-segments
4.2 | a SYN is dropped at exactly 5 established connections | sixth-syn-with-five-established-is-dropped limit-is-an-equality-and-can-be-passed half-open-connections-do-not-count-for-the-limit closing-connections-do-not-count-for-the-limit
4.2 | ssthresh is the SYN's window | initial-threshold-is-the-window-of-the-syn
4.2 | SYN-ACK repeated after 1, 2, 4, 8 s, removed after 20 s | syn-ack-is-repeated-four-times half-open-connection-lives-from-the-last-segment
4.2 | no memory: oldest TIME_WAIT, then the least recently active | syn-without-memory-frees-the-oldest-time-wait
5.1 | send buffer 2920, queue 8 | write-longer-than-the-free-buffer-is-refused write-of-a-ninth-segment-is-refused write-that-would-make-nine-segments-is-refused-as-a-whole
5.1 | SYN and FIN take a byte and a place | write-before-connected-goes-out-with-the-handshake close-with-a-full-buffer-is-refused close-with-a-full-queue-is-refused
5.3 | third duplicate ACK; ssthresh, + 3 MSS, + MSS each | third-duplicate-ack-resends-the-first-segment
5.3 | time-out: cwnd 1 MSS, ssthresh 2 MSS at least | slow-start-adds-a-segment-per-acknowledgement timeout-sends-everything-again-one-segment-at-a-time
5.3 | at most 2920 bytes in flight | at-most-2920-bytes-are-in-flight
5.4 | initial RTO 1000 ms | rto-table-of-an-untrained-connection
5.4 | LAN RTO 750 ms, 500-750 on the wire | rto-of-a-lan-settles-at-three-ticks
5.4 | 5 ticks at 500 ms, every segment twice at 1 s | rto-at-a-round-trip-of-500-ms-is-five-ticks round-trip-of-a-second-resends-every-segment
5.4 | RTO 12 s after 10 s of silence | silence-after-connecting-spoils-the-round-trip
5.4 | the table at base 4, given up at 767.25 s | rto-table-of-an-untrained-connection wire:data-rto-untrained
5.4 | the table at base 3, given up at 575.5 s | rto-table-of-a-trained-lan-connection wire:data-rto-trained-1
5.4 | 12 data retries, 1 to 12 | data-retries-can-be-set-to-one data-retries-can-be-set-to-three
5.4 | fast retransmissions count | fast-retransmission-counts-as-a-retry
5.5 | probes after 750, 1500, 3000, 6000, 12000, 24000, 30000... ms, for ever | persist-probes-come-after-750-ms-doubling-to-30-s persist-waits-are-not-reset-by-answers-with-window-0
5.5 | armed whenever a segment does not fit | persist-also-with-a-window-smaller-than-the-segment persist-suspends-the-retransmission-of-data-in-flight
5.6 | 120 s, 9 probes every 10 s, RST at 210 s | keepalive-probes-after-two-minutes-nine-times
6.1 | RST in [next, next + window] | rst-at-the-next-number-ends-the-connection rst-at-the-right-edge-of-the-window-ends-the-connection rst-below-the-window-is-ignored
6.2 | delayed ACK 0 to 125 ms, second segment at once, 1460 bytes at once | delayed-ack-comes-at-once-just-before-the-tick two-segments-are-acknowledged-at-once full-segment-is-acknowledged-at-once-with-window-5840 segment-of-1459-bytes-is-delayed
6.3 | the window saws: 5840, 5340, 4840; 5839 after a FIN | window-saws-with-small-segments fin-takes-a-byte-of-the-window
6.3 | 5840 unread bytes, then window 0 | held-data-closes-the-window
6.4 | out-of-order data dropped after 6 RTO | out-of-order-data-is-dropped-after-six-rtos out-of-order-data-is-kept-before-six-rtos
6.4 | the last queued segment goes with fewer than 2 receive buffers | out-of-order-data-is-trimmed-when-the-radio-is-short-of-buffers
6.5 | refused data: each fast tick | refused-data-is-offered-at-each-fast-tick data-is-dropped-while-earlier-data-is-refused
7.2 | SYN_RCVD 20 s | syn-ack-is-repeated-four-times
7.2 | FIN_WAIT_1: the RTO table | fin-is-repeated-by-the-rto-table
7.2 | FIN_WAIT_2 20 s, from the last segment before the close | fin-wait-2-ends-after-20-seconds fin-wait-2-after-a-long-silence-ends-at-the-next-tick
7.2 | LAST_ACK 120 s | last-ack-ends-after-120-seconds
7.2 | TIME_WAIT 120 s, from the last segment before the close | close-sends-fin-and-ends-in-time-wait time-wait-after-a-long-silence-is-short
7.2 | trimming at 5 | wire:close-timewait-fill wire:close-client-timewait-fill
7.3 | TIME_WAIT: RST ignored, SYN in the window reset, FIN restarts 120 s, data acknowledged | time-wait-ignores-rst time-wait-resets-a-syn-inside-the-window time-wait-acknowledges-a-syn-outside-the-window time-wait-restarts-with-a-fin time-wait-acknowledges-data
7.4 | RST always with ACK, window 5840, TTL 128 | rst-has-ttl-128-and-window-5840 segment-for-nobody-is-reset abort-sends-rst-with-both-numbers
7.5 | address change: RST from the old address | address-change-resets-connections-from-the-old-address same-address-again-changes-nothing interface-down-and-up-keeps-connections
8 | TTL 128, DF on TCP, TOS 0, one identification counter | df-is-set-on-tcp-only ip-id-counts-all-packets
8 | fragments dropped | fragments-are-dropped-silently
8.1 | ping keeps id, flags, TOS | ping-keeps-id-flags-and-tos
8.1 | MTU from bytes 6-7; 41 gives MSS 1, 40 hangs the device | icmp-unreachable-sets-the-mtu TestHostileMSS wire:icmp-unreach-mtu40
8.1 | errors quote header + 8 bytes | unknown-protocol-is-unreachable
9 | table of 10, oldest stable first | arp-table-of-ten-gives-up-the-oldest wire:arp-full
9 | asked for again after 1140 s, gone after 1200 s, one request per 5 s | arp-entry-is-asked-for-again-after-1140-seconds arp-entry-is-gone-after-1200-seconds
9 | pending for 5 to 10 s | arp-pending-entry-lives-5-to-10-seconds
9 | 3 packets queued, each asks | arp-queue-keeps-three-packets arp-request-is-not-repeated-by-itself
9 | 42 bytes unpadded | arp-request-is-answered-by-unicast
9 | multicast MAC 01:00:5e and 23 bits | multicast-datagrams-go-to-the-groups-mac
`
