package tables

// requirements are the rows of rfc.md: label | requirement | device | host | shown by | note. The status is ok, dev
// (deviates) or na (not applicable).
var requirements = []struct{ name, title, rows string }{
	{"RFC 9293", "Transmission Control Protocol (labels of its appendix B)", `
MUST-1 | the window is an unsigned number | ok | ok | at-most-2920-bytes-are-in-flight host-reaches-the-window-of-65535 |
REC-1 | windows are kept in 32 bits | ok | ok | at-most-2920-bytes-are-in-flight | the congestion window stays within 16 bits as on the device
MUST-2 | the sender computes the checksum | ok | ok | TestDeviceHandshake TestTransferBetweenProfiles | the tests' own decoder checks every frame
MUST-3 | the receiver checks the checksum | ok | ok | bad-tcp-checksum-is-dropped |
MUST-4 | end of list, no operation and MSS are supported | ok | ok | mss-after-unknown-options-is-found |
MUST-5 | options may come in any segment | ok | ok | mss-option-on-a-later-segment-is-obeyed host-ignores-an-mss-option-outside-syns | the device even obeys an MSS there
MUST-6 | unknown options are skipped by their length | ok | ok | mss-after-unknown-options-is-found |
MUST-7 | an illegal option length does no harm | ok | ok | mss-with-a-malformed-option-list-is-536 |
MUST-8 | initial sequence numbers are driven by a clock | ok | ok | isn-counts-every-allocation host-isn-differs-between-connections | the device's clock stands still while no connection exists
SHLD-1 | initial sequence numbers come from a secret function | dev | ok | isn-of-the-first-connection-is-6511 host-isn-differs-between-connections | the device's are small and predictable (lwip.md 3.1)
MUST-9 | nobody outside can compute that function | dev | ok | isn-counts-every-allocation host-isn-differs-between-connections | as SHLD-1
MUST-10 | simultaneous open works | dev | dev | syn-without-ack-in-syn-sent-is-ignored | lwIP ignores a SYN in SYN_SENT; the host shares that state machine
MUST-11 | SYN_RCVD remembers that the open was passive | ok | ok | rst-ends-a-half-open-connection | the listener is another object, so it stays
MUST-12 | the application hears of an abort by the peer | ok | ok | rst-at-the-next-number-ends-the-connection |
MUST-13 | TIME_WAIT lasts two MSL of two minutes | dev | dev | close-sends-fin-and-ends-in-time-wait time-wait-after-a-long-silence-is-short host-time-wait-lasts-a-minute | 120 s from the last segment before the close on the device; 60 s on the host, as Linux
MUST-14 | the MSS option is sent and understood | ok | ok | syn-has-24-bytes-with-mss-1460-and-window-5840 mss-option-of-100-is-taken |
MUST-15 | without it the MSS is 536 | ok | ok | mss-without-option-is-536 syn-without-mss-option-gives-536 |
MUST-16 | the effective MSS is the least of the limits | ok | ok | mss-is-limited-by-the-mtu mss-option-above-1460-counts-as-1460 |
MUST-17 | the application can switch Nagle off | ok | ok | nagle-off-sends-each-write |
MUST-18 | Karn's algorithm: resent segments are not timed | dev | ok | round-trip-of-a-second-resends-every-segment host-does-not-time-resent-segments | lwip.md 5.4
MUST-19 | back-off, slow start, congestion avoidance | ok | ok | rto-table-of-an-untrained-connection slow-start-adds-a-segment-per-acknowledgement host-rto-doubles-up-to-60-seconds |
MUST-20 | R1 gives IP a hint, R2 ends the connection | dev | dev | rto-table-of-an-untrained-connection host-gives-up-after-fifteen-retransmissions | R2 only: there is no route to doubt
MUST-21 | the application can set R2 | dev | dev | data-retries-can-be-set-to-three | for all connections, not one
MUST-22 | SYNs are given up in the same way | ok | ok | syn-is-repeated-six-times-and-given-up-after-6-seconds host-syn-interval-doubles |
MUST-23 | R2 of a SYN is three minutes or more | dev | dev | syn-is-repeated-six-times-and-given-up-after-6-seconds host-syn-interval-doubles | 6 s on the device; two minutes on the host, as Linux
MUST-24 | keepalive can be switched per connection | ok | ok | keepalive-with-own-values |
MUST-25 | keepalive is off at first | ok | ok | keepalive-is-off-by-default |
MUST-26 | probes go only after a silence | ok | ok | keepalive-count-starts-anew-with-any-segment |
MUST-27 | that silence can be set | ok | ok | keepalive-with-own-values |
MUST-28 | it is two hours or more by default | dev | ok | keepalive-probes-after-two-minutes-nine-times host-keepalive-starts-after-two-hours | two minutes on the device (lwip.md 5.6)
MUST-29 | one unanswered probe proves nothing | ok | ok | keepalive-probes-after-two-minutes-nine-times |
MUST-30 | the urgent pointer is supported | dev | dev | urgent-data-is-normal-data | ignored; nobody asks for it
MUST-31 | urgent data of any length | dev | dev | urgent-data-is-normal-data | as MUST-30
MUST-32 | the application is told of urgent data | dev | dev | urgent-data-is-normal-data | as MUST-30
MUST-33 | it can learn how much there is | dev | dev | urgent-data-is-normal-data | as MUST-30
MUST-34 | a shrinking window does no harm | ok | ok | window-that-shrinks-stops-new-data |
MUST-35 | shut windows are probed | ok | ok | persist-probes-come-after-750-ms-doubling-to-30-s host-probes-a-shut-window-with-back-off |
MUST-36 | a window of 0 is probed regularly | ok | ok | persist-probes-come-after-750-ms-doubling-to-30-s host-probes-a-shut-window-with-back-off |
MUST-37 | a window may stay 0 for ever | ok | ok | persist-probes-come-after-750-ms-doubling-to-30-s host-probes-a-shut-window-with-back-off |
MUST-38 | the sender avoids silly windows | ok | ok | segment-larger-than-the-window-is-never-split nagle-holds-a-short-segment-while-one-is-unacknowledged | the device never splits; the host only for a probe
MUST-39 | the receiver avoids silly windows | ok | ok | window-saws-with-small-segments held-data-closes-the-window |
MUST-40 | an acknowledgement waits less than half a second | ok | ok | delayed-ack-waits-for-the-fast-tick host-acknowledges-every-second-full-segment |
MUST-41 | a listener leaves earlier connections alone | ok | ok | two-listeners-are-independent |
MUST-42 | several listeners at a time | ok | ok | two-listeners-are-independent |
MUST-43 | the open call takes a local address | ok | ok | TestHostAddresses bind-conflicts-with-a-listener |
MUST-44 | otherwise the local address follows the route | ok | ok | address-change-resets-connections-from-the-old-address syn-has-24-bytes-with-mss-1460-and-window-5840 |
MUST-45 | a connection keeps its local address | ok | ok | address-change-resets-connections-from-the-old-address |
MUST-46 | an open to a group address is refused | dev | ok | connect-to-a-broadcast-address-sends-a-syn host-connect-to-a-group-address-is-refused | the device sends the SYN
MUST-47 | soft errors are reported to the application | dev | dev | icmp-unreachable-does-not-end-a-connection | lwIP has no such report; Config.Observe shows them
MUST-48 | the application can set the Diffserv field | dev | dev | df-is-set-on-tcp-only | always 0, and the SDK has no call for it
MUST-49 | the TTL can be configured | ok | ok | ttl-can-be-set | per stack
MUST-50 | IP options that TCP does not know are ignored | ok | ok | ip-options-on-input-are-ignored |
MUST-51 | the application can give a source route | dev | dev | ip-options-on-input-are-ignored | no IP options are sent; routers drop them today
MUST-52 | its route overrides one that came in | dev | dev | ip-options-on-input-are-ignored | as MUST-51
MUST-53 | a route that came in is used for the answers | dev | dev | ip-options-on-input-are-ignored | as MUST-51
MUST-54 | TCP acts on ICMP errors | dev | dev | icmp-unreachable-does-not-end-a-connection icmp-unreachable-sets-the-mtu | only the MTU, and only on the device
MUST-55 | source quench is discarded | ok | ok | other-icmp-messages-are-ignored |
MUST-56 | time exceeded, parameter problem and soft unreachables end no connection | ok | ok | other-icmp-messages-are-ignored icmp-unreachable-does-not-end-a-connection |
MUST-57 | a SYN to a group address is dropped | ok | ok | segment-to-a-broadcast-address-is-dropped syn-from-a-group-address-is-dropped |
MUST-58 | acknowledgements are gathered | ok | ok | two-segments-are-acknowledged-at-once |
MUST-59 | all that waits is processed before an acknowledgement goes | ok | ok | gap-that-fills-is-delivered-at-once-in-one-piece |
MUST-60 | data without PUSH is not kept for ever | ok | ok | nagle-off-sends-each-write |
MUST-61 | the last segment of what is queued has PSH | ok | ok | write-of-2920-goes-as-two-full-segments |
MUST-62 | the urgent pointer points behind the urgent data | na | na | urgent-data-is-normal-data | ignored
MUST-63 | a SYN from an impossible address is dropped | ok | ok | syn-from-a-group-address-is-dropped |
MUST-64 | options need no alignment | ok | ok | mss-after-unknown-options-is-found |
MUST-65 | the MSS option is sent in SYNs only | ok | ok | syn-ack-has-mss-1460-and-window-5840 write-of-2920-goes-as-two-full-segments |
MUST-66 | RST counts even with a window of 0 | ok | ok | rst-on-a-shut-window-ends-the-connection |
MUST-67 | the MSS announced is what can be received | ok | ok | syn-has-24-bytes-with-mss-1460-and-window-5840 syn-of-the-small-library-has-mss-536 |
MUST-68 | options other than the two single bytes have a length | ok | ok | syn-has-24-bytes-with-mss-1460-and-window-5840 |
MUST-69 | the header is padded with zeros | ok | ok | syn-has-24-bytes-with-mss-1460-and-window-5840 | the only option takes four bytes
SHLD-2 | an RST may carry data | ok | ok | rst-with-data-ends-the-connection |
SHLD-3 | closing with unread data sends RST | ok | ok | close-with-unread-data-sends-rst TestCloseAndReset |
SHLD-4 | time stamps shorten TIME_WAIT | na | na | mss-after-unknown-options-is-found | no time stamps
SHLD-5 | the MSS option is sent unless the MSS is 536 | ok | ok | syn-has-24-bytes-with-mss-1460-and-window-5840 syn-of-the-small-library-has-mss-536 |
SHLD-6 | the MSS follows the MTU | ok | dev | mss-is-limited-by-the-mtu | the host's MTU is fixed
SHLD-7 | Nagle's algorithm | ok | dev | nagle-holds-a-short-segment-while-one-is-unacknowledged TestNagle | hosts begin without it, as net.Conn does
SHLD-8 | explicit congestion notification | dev | dev | df-is-set-on-tcp-only | lwIP 1.4 has none; nothing on the virtual wire marks packets
SHLD-9 | the application hears of R1 | dev | dev | rto-table-of-an-untrained-connection | the SDK has no call; Config.Observe shows each retransmission
SHLD-10 | R1 is three retransmissions | na | na | rto-table-of-an-untrained-connection | no R1
SHLD-11 | R2 is 100 s or more | ok | ok | rto-table-of-a-trained-lan-connection host-gives-up-after-fifteen-retransmissions |
SHLD-12 | keepalive probes carry no data | ok | ok | keepalive-probes-after-two-minutes-nine-times |
SHLD-13 | new applications do without urgent data | ok | ok | urgent-data-is-normal-data | it cannot be sent
SHLD-14 | the window is not taken back | ok | ok | right-edge-never-moves-left |
SHLD-15 | a window that shrinks stops new data | ok | ok | window-that-shrinks-stops-new-data |
SHLD-16 | data within the old window is sent again | dev | ok | persist-suspends-the-retransmission-of-data-in-flight window-that-shrinks-stops-new-data host-sends-again-into-a-shrunk-window | the device probes instead (lwip.md 5.5)
SHLD-17 | data beyond the edge does not time out | ok | ok | window-that-shrinks-stops-new-data |
SHLD-18 | acknowledgements are delayed | ok | ok | delayed-ack-waits-for-the-fast-tick |
SHLD-19 | every second full segment is acknowledged | ok | ok | full-segment-is-acknowledged-at-once-with-window-5840 host-acknowledges-every-second-full-segment |
SHLD-20 | error reports can be switched off | na | na | icmp-unreachable-does-not-end-a-connection | there are none
SHLD-21 | the Diffserv field can change during a connection | na | na | df-is-set-on-tcp-only | always 0
SHLD-22 | it is passed to IP unchanged | na | na | df-is-set-on-tcp-only | always 0
SHLD-23 | applications leave it alone during a connection | ok | ok | df-is-set-on-tcp-only | they cannot change it
SHLD-24 | a later source route replaces an earlier one | na | na | ip-options-on-input-are-ignored | no source routes
SHLD-25 | soft unreachables are reported | dev | dev | icmp-unreachable-does-not-end-a-connection | as MUST-47
SHLD-26 | hard unreachables end the connection | dev | dev | icmp-unreachable-does-not-end-a-connection | ignored; such messages can be forged (RFC 5927)
SHLD-27 | successive PSH bits are merged | ok | ok | nagle-holds-a-short-segment-while-one-is-unacknowledged |
SHLD-28 | full segments whenever possible | ok | ok | nagle-lets-a-full-segment-go write-appends-to-the-last-unsent-segment |
SHLD-29 | the first probe goes after an RTO | ok | dev | persist-probes-come-after-750-ms-doubling-to-30-s host-probes-a-shut-window-with-back-off | 750 ms is the device's RTO on a LAN; the host takes 500 ms
SHLD-30 | probes back off exponentially | ok | ok | persist-probes-come-after-750-ms-doubling-to-30-s host-probes-a-shut-window-with-back-off |
SHLD-31 | segments beyond a gap are kept | ok | ok | gap-that-fills-is-delivered-at-once-in-one-piece |
MAY-1 | half-duplex close | ok | ok | data-after-the-local-close-is-reset half-close-goes-on-receiving |
MAY-2 | a new SYN may replace TIME_WAIT | na | ok | time-wait-acknowledges-a-syn-outside-the-window host-takes-a-new-syn-in-time-wait | the device answers with an ACK
MAY-3 | the MSS option is always sent | ok | ok | syn-of-the-small-library-has-mss-536 |
MAY-4 | a retransmission keeps the IP identification | na | na | isn-counts-every-allocation | each packet has a new one
MAY-5 | keepalive exists | ok | ok | keepalive-probes-after-two-minutes-nine-times |
MAY-6 | a garbage byte in keepalive probes | na | na | keepalive-probes-after-two-minutes-nine-times | none is sent; one that comes is answered
MAY-7 | data beyond the shrunk window is sent again | na | na | window-that-shrinks-stops-new-data | it waits
MAY-8 | the receiver may keep the window shut | ok | ok | held-data-closes-the-window |
MAY-9 | the Diffserv field received goes up | na | na | df-is-set-on-tcp-only | not taken
MAY-10 | the IP time stamp option | na | na | ip-options-on-input-are-ignored | not taken
MAY-11 | the record route option | na | na | ip-options-on-input-are-ignored | not taken
MAY-12 | protection against injected data (RFC 5961) | na | ok | data-with-an-ack-of-unsent-data-is-delivered host-answers-an-ack-of-unsent-data-with-an-ack host-answers-a-syn-on-a-connection-with-a-challenge-ack | the host's check of the ACK value and the SYN; RST by window only
MAY-13 | an out-of-order segment is acknowledged at once | ok | ok | out-of-order-segment-gets-an-immediate-duplicate-ack host-acknowledges-a-filled-gap-at-once |
MAY-14 | a flush call | na | na | close-with-unread-data-sends-rst | not taken
MAY-15 | the send call has a PUSH flag | na | na | write-of-2920-goes-as-two-full-segments | every write pushes
MAY-16 | data without PUSH is gathered | ok | ok | write-appends-to-the-last-unsent-segment |
MAY-17 | the receiver tells the application of PSH | na | na | delayed-ack-waits-for-the-fast-tick | delivery does not wait for it
MAY-18 | other congestion control | na | na | third-duplicate-ack-resends-the-first-segment | Reno
3.10.7.2 RST | a listener ignores RST | dev | ok | listener-answers-rst-ack-with-rst listener-ignores-rst host-ignores-rst-to-a-listener | the device looks at ACK first
3.10.7.2 ACK | a listener resets an ACK | ok | ok | listener-answers-ack-with-rst |
3.10.7.2 SYN | a listener takes a SYN | ok | ok | syn-ack-has-mss-1460-and-window-5840 |
3.10.7.2 other | a listener drops anything else | ok | ok | listener-ignores-fin listener-ignores-nothing |
3.10.7.3 ACK | a wrong ACK in SYN_SENT is reset | ok | ok | syn-ack-with-a-wrong-ack-is-reset-and-a-right-one-still-connects |
3.10.7.3 RST | RST in SYN_SENT counts by its ACK | ok | ok | rst-in-syn-sent-counts-by-its-ack |
3.10.7.3 data | data in a SYN-ACK is kept | dev | dev | data-in-a-syn-ack-is-lost | lost; the peer sends it again
3.10.7.4 window | what is outside the window is answered by an ACK | ok | ok | segment-beyond-the-window-gets-an-immediate-ack empty-segment-outside-the-window-gets-an-ack |
3.10.7.4 RST | an RST in the window but not next gets a challenge ACK | dev | dev | rst-at-the-right-edge-of-the-window-ends-the-connection | accepted anywhere in the window, as RFC 793 has it
3.10.7.4 SYN | a SYN on a connection gets a challenge ACK | ok | ok | syn-on-a-connection-gets-an-ack host-answers-a-syn-on-a-connection-with-a-challenge-ack |
3.10.7.4 no ACK | a segment without ACK is dropped | dev | ok | data-without-ack-flag-is-delivered host-drops-data-without-ack | lwip.md 6.1
3.10.7.4 ACK beyond | an ACK of unsent data is answered and the segment dropped | dev | ok | data-with-an-ack-of-unsent-data-is-delivered host-answers-an-ack-of-unsent-data-with-an-ack | lwip.md 6.1
3.10.7.4 after FIN | data behind the peer's FIN is ignored | dev | ok | data-behind-the-peers-fin-is-delivered host-ignores-data-behind-a-fin | lwip.md 6.1
3.10.7.4 SYN_RCVD | a handshake ACK outside the window does not connect | dev | ok | handshake-ack-beyond-the-window-connects host-handshake-ack-outside-the-window-does-not-connect | lwip.md 4.2
3.6 | simultaneous close goes through CLOSING | ok | ok | simultaneous-close-goes-through-closing |
3.5 half-open | a segment for nobody is reset | ok | ok | segment-for-nobody-is-reset rst-for-nobody-is-not-answered |
`},
	{"RFC 5681", "Congestion control", `
3.1 initial window | at most 2 to 4 segments | ok | ok | initial-window-is-two-segments host-congestion-window-halves-after-a-loss | two
3.1 SYN lost | after a lost SYN one segment | ok | ok | window-after-a-lost-syn-is-one-segment |
3.1 initial ssthresh | as high as possible | dev | dev | initial-threshold-is-the-window-of-the-syn initial-window-is-two-segments | ten segments, or the window of the SYN (lwip.md 4)
3.1 slow start | at most a segment per acknowledgement of new data | ok | ok | slow-start-adds-a-segment-per-acknowledgement |
3.1 avoidance | about a segment per round trip | ok | ok | initial-threshold-is-the-window-of-the-syn |
3.1 ssthresh after a time-out | half of the flight, two segments at least | dev | dev | timeout-sends-everything-again-one-segment-at-a-time slow-start-adds-a-segment-per-acknowledgement | half of the lesser of both windows, as lwIP takes it
3.1 window after a time-out | one segment | ok | ok | timeout-sends-everything-again-one-segment-at-a-time |
2 duplicate | a duplicate has data outstanding, no data, no SYN or FIN, the same ACK and window | ok | ok | duplicate-ack-with-data-does-not-count duplicate-ack-with-another-window-does-not-count duplicate-ack-without-data-in-flight-does-not-count |
3.2 third duplicate | the first unacknowledged segment goes again | ok | ok | third-duplicate-ack-resends-the-first-segment host-congestion-window-halves-after-a-loss |
3.2 inflate | the window is ssthresh and three segments, one more for each further duplicate | ok | ok | third-duplicate-ack-resends-the-first-segment host-congestion-window-halves-after-a-loss |
3.2 new data | new data goes if the window allows | ok | ok | third-duplicate-ack-resends-the-first-segment |
3.2 deflate | the window is ssthresh after the first new acknowledgement | ok | ok | host-congestion-window-halves-after-a-loss |
3.2 limited transmit | the first two duplicates let a new segment out | dev | dev | third-duplicate-ack-resends-the-first-segment | lwIP has no limited transmit (RFC 3042)
4.1 restart | after an idle RTO the window is the initial one | dev | dev | window-is-not-reduced-after-idle | lwIP keeps it
4.2 delayed | within 500 ms, and every second full segment | ok | ok | delayed-ack-waits-for-the-fast-tick host-acknowledges-every-second-full-segment |
4.2 out of order | at once | ok | ok | out-of-order-segment-gets-an-immediate-duplicate-ack |
4.2 gap filled | at once when a gap is filled in part | dev | ok | gap-that-fills-partly-delivers-what-is-contiguous host-acknowledges-a-filled-gap-at-once | delayed on the device
4.2 one per segment | no more than one acknowledgement per segment that came | ok | ok | TestTransferBetweenProfiles two-segments-are-acknowledged-at-once | window updates apart
`},
	{"RFC 6298", "Retransmission timer", `
2.1 | the first RTO is a second | ok | ok | rto-table-of-an-untrained-connection host-syn-interval-doubles |
2.2 | the first sample R gives SRTT R, RTTVAR R/2, RTO SRTT and four RTTVAR | dev | ok | silence-after-connecting-spoils-the-round-trip host-rto-follows-a-round-trip-of-500-ms | the device goes on from its initial deviation (lwip.md 5.4)
2.3 | later samples move both by 1/8 and 1/4 | ok | ok | rto-at-a-round-trip-of-500-ms-is-five-ticks TestTransferWithLoss | in ticks on the device
2.4 | the RTO is a second at least | dev | dev | rto-of-a-lan-settles-at-three-ticks host-rto-doubles-up-to-60-seconds | 750 ms on the device, 200 ms on the host as on Linux
2.5 | it may be limited to 60 s or more | na | ok | rto-table-of-an-untrained-connection host-gives-up-after-fifteen-retransmissions | the device's back-off stops at 128 times the base
3 Karn | resent segments are not timed | dev | ok | round-trip-of-a-second-resends-every-segment host-does-not-time-resent-segments | lwip.md 5.4
3 once | a round trip is sampled once at least | ok | ok | rto-at-a-round-trip-of-500-ms-is-five-ticks |
4 | any clock grain will do, 100 ms and less are better | ok | ok | rto-of-a-lan-settles-at-three-ticks host-rto-follows-a-round-trip-of-500-ms | 250 ms on the device
5.1 | sending starts the timer if it does not run | ok | ok | data-retries-can-be-set-to-one host-rto-doubles-up-to-60-seconds |
5.2 | when all is acknowledged it stops | ok | ok | write-in-close-wait-works at-most-2920-bytes-are-in-flight |
5.3 | new data acknowledged restarts it | ok | ok | new-ack-resets-the-retries-and-the-back-off |
5.4 | on expiry the earliest segment goes again | ok | ok | timeout-sends-everything-again-one-segment-at-a-time |
5.5 | the RTO doubles | ok | ok | rto-table-of-a-trained-lan-connection host-rto-doubles-up-to-60-seconds |
5.6 | the timer starts with it | ok | ok | rto-table-of-a-trained-lan-connection |
5.7 | after a repeated SYN the RTO of data is 3 s | dev | dev | round-trip-of-a-second-resends-every-segment host-rto-after-a-lost-syn-is-a-second | a second, as Linux
`},
	{"RFC 1122", "Hosts: link, Internet and UDP layers (TCP: see RFC 9293)", `
2.3.1 | trailers are not used | ok | ok | arp-request-is-answered-by-unicast |
2.3.2.1 flush | old ARP entries go | ok | ok | arp-entry-is-gone-after-1200-seconds |
2.3.2.1 flood | one request per second and address | dev | ok | arp-queue-keeps-three-packets host-asks-arp-three-times | each packet asks (lwip.md 9)
2.3.2.2 | a packet waits for its address | ok | ok | arp-queue-keeps-three-packets |
2.3.3 | Ethernet encapsulation of RFC 894 | ok | ok | TestDeviceHandshake unknown-ethertypes-and-short-frames-are-dropped | IEEE 802.3 is not taken
2.4 | link broadcasts are told to the IP layer | dev | dev | broadcast-without-socket-is-silent segment-to-a-broadcast-address-is-dropped | only the IP address counts
3.2.1.1 | other versions are dropped | ok | ok | ip-version-6-in-an-ipv4-frame-is-dropped |
3.2.1.2 | bad header checksums are dropped | ok | ok | bad-header-checksum-is-dropped |
3.2.1.3 destination | packets for others are dropped | ok | ok | packet-for-another-host-is-dropped |
3.2.1.3 source | packets from group addresses are dropped | ok | ok | source-broadcast-or-multicast-is-dropped |
3.2.1.3 loopback | 127.0.0.0/8 stays inside | dev | dev | loopback-addresses-go-to-the-gateway TestHostReachesItself | the device has no loopback interface; hosts reach themselves by their own address
3.2.1.4 | fragments are reassembled | dev | dev | fragments-are-dropped-silently TestFragmentsAreDropped | lwip.md 8; hosts never meet any
3.2.1.5 | identification may be kept on a retransmission | na | na | isn-counts-every-allocation | not taken
3.2.1.6 | the TOS can be set | dev | dev | df-is-set-on-tcp-only | always 0
3.2.1.7 send | TTL is not 0 and can be set | ok | ok | ttl-can-be-set |
3.2.1.7 receive | a small TTL does not matter | ok | ok | ttl-of-1-on-input-is-accepted |
3.2.1.8 | options that are not understood are ignored | ok | ok | ip-options-on-input-are-ignored |
3.2.2 unknown | unknown ICMP types are dropped | ok | ok | other-icmp-messages-are-ignored |
3.2.2 quote | errors quote the header and 8 bytes | ok | ok | unknown-protocol-is-unreachable datagram-without-socket-is-port-unreachable |
3.2.2 group | no errors for group addresses and errors | ok | ok | broadcast-without-socket-is-silent icmp-errors-are-not-sent-for-icmp-errors unknown-protocol-is-unreachable |
3.2.2.1 send | port and protocol unreachable | ok | ok | datagram-without-socket-is-port-unreachable unknown-protocol-is-unreachable |
3.2.2.1 receive | they are told to the transport | dev | dev | icmp-unreachable-does-not-end-a-connection icmp-unreachable-sets-the-mtu | only the MTU is taken, unchecked, on the device (lwip.md 8.1)
3.2.2.2 | redirects change the route | dev | dev | other-icmp-messages-are-ignored | ignored; they can be forged
3.2.2.3 | source quench | ok | ok | other-icmp-messages-are-ignored | RFC 6633: ignored
3.2.2.4 | time exceeded is told to the transport | dev | dev | other-icmp-messages-are-ignored | ignored
3.2.2.5 | parameter problem is told to the transport | dev | dev | other-icmp-messages-are-ignored | ignored
3.2.2.6 | echo is answered, data and all | ok | ok | ping-of-any-size-is-answered ping-keeps-id-flags-and-tos |
3.2.2.6 group | echo to a group may be ignored | ok | ok | ping-to-a-group-is-ignored |
3.2.2.6 options | options are reflected | dev | ok | ping-with-options-gets-a-wrong-header-checksum host-ping-with-options-is-answered | kept, but the device's checksum is wrong
3.2.2.7 | information messages are not answered | ok | ok | other-icmp-messages-are-ignored |
3.2.2.8 | time stamp messages may be answered | na | na | other-icmp-messages-are-ignored | not taken
3.2.2.9 | address mask messages are not answered | ok | ok | other-icmp-messages-are-ignored |
3.3.1.1 | other subnets go to the gateway | ok | ok | off-subnet-packets-go-to-the-gateways-mac |
3.3.1.4 | dead gateways are noticed | dev | dev | arp-entry-is-asked-for-again-after-1140-seconds | only by ARP ageing
3.3.3 | datagrams above the MTU are fragmented | dev | dev | datagram-above-the-mtu-goes-out-in-one-frame | lwip.md 8; the layers above keep below it
3.3.4.2 | weak or strong host model | ok | ok | TestUDPDemultiplexing packet-for-another-host-is-dropped | weak: any interface's address will do (lwip.md 8)
3.3.6 | all broadcast forms are understood | ok | ok | broadcasts-are-accepted |
3.3.7 | groups can be joined | ok | ok | multicast-is-accepted-for-joined-groups-only igmp-join-reports-at-once-and-again |
4.1.3.1 | a port that nobody has is unreachable | ok | ok | datagram-without-socket-is-port-unreachable |
4.1.3.2 | IP options go up and down | dev | dev | ip-options-on-input-are-ignored | lwIP has no options
4.1.3.3 | ICMP errors are told to the application | dev | dev | icmp-unreachable-does-not-end-a-connection | lwIP does not
4.1.3.4 generate | the checksum can be made | ok | ok | TestUDPDemultiplexing |
4.1.3.4 check | a wrong one is dropped | ok | ok | checksum-0-is-accepted-and-a-wrong-one-dropped |
4.1.3.5 | the local address can be chosen and is told | ok | ok | multicast-is-accepted-for-joined-groups-only TestUDPDemultiplexing |
4.1.3.6 | datagrams from group addresses are dropped | ok | ok | source-broadcast-or-multicast-is-dropped |
4.2.3.9 | hard ICMP errors | dev | dev | icmp-unreachable-does-not-end-a-connection | as RFC 9293 SHLD-26
`},
}
