package tables

// decision is one row of manual-profile.md: what the manuals leave open and what the manual profiles do.
type decision struct {
	row       string // number of the row, "V1.0" for the last paragraph
	situation string
	answer    string
	by        string // "manual", "choice" or both
	tests     string // "folder: TestA TestB; folder: TestC"
}

var decisions = []decision{
	{"1", "sources disagree or are silent", "V2.1 rules, then V1.0, then SDK 2.2.1 with its bugs switched off", "choice",
		"docs/tables: TestSwitchesPageIsComplete; espconn: TestProfiles TestAllProfiles"},
	{"2", "set_size: level not 1 to 3, size 0 or over 8,192", "false, the old value stays", "manual", "espconn: TestManualV21_02_SetSizeRange"},
	{"3", "set_size: level 3", "sets client and server, which have a size each", "manual", "espconn: TestManualV21_03_SizePerRole"},
	{"4", "set_size: 1 to 2,047", "taken as given; SDK 2.2.1 would make 4,096 of it", "manual", "espconn: TestManualV21_04_SmallSizes TestSetSizePerProfile"},
	{"5", "a setting is changed while its role is in use", "true, holds for the next connection, and a finding", "choice", "espconn: TestManualV21_05_SettingsWhileInUse"},
	{"6", "get_size(3) with two different sizes; a bad level", "the client's size and a finding; ARG", "choice", "espconn: TestManualV21_06_GetSizeOfBoth"},
	{"7", "connect: order of its checks", "ARG, ISCONN, RTE, MEM for the 3,072 of mutual authentication, MEM for the heap, MEM for a block or socket, then 0 and WAIT", "manual, choice",
		"espconn: TestManualV21_07_ConnectOrder TestHeapGate"},
	{"8", "connect: when a client exists", "from the 0 of connect until its disconnect or reconnect callback begins; inside it connect works again; a server does not count", "choice",
		"espconn: TestManualV21_08_OneClient TestReconnectInCallback"},
	{"9", "connect failed", "no callback, no field changes", "manual", "espconn: TestManualV21_09_FailedConnectChangesNothing"},
	{"10", "accept: order of its checks", "ARG, ISCONN, ARG and a finding without certificate and key, MEM for the 3,072, the heap, a block or the port, then 0 and LISTEN", "manual, choice",
		"espconn: TestManualV21_10_AcceptOrder"},
	{"11", "accept after a delete", "works: once means one server at a time", "choice", "espconn: TestManualV21_11_AcceptAfterDelete"},
	{"12", "a second client of the server", "reset when TCP is up, without a callback; the first goes on; the next one after it is served", "manual, choice", "espconn: TestManualV21_12_SecondClientIsReset"},
	{"13", "a packet over the size", "reconnect callback with the code that the early mbedTLS was measured to give: -114, 16 or 15 by what exceeds it", "manual, choice", "espconn: TestManualV21_13_PacketOverTheSize"},
	{"14", "delete", "ARG, INPROGRESS with a client, else 0; certificate and key must be set again", "manual, choice", "espconn: TestManualV21_14_Delete"},
	{"15", "send: order of its checks", "ARG, INPROGRESS before connect or sent callback with a finding, ARG for NULL data and over 1,024 bytes, then 0 and WRITE; length 0 sends an empty record", "manual, choice", "espconn: TestManualV21_15_Send"},
	{"16", "send: 1,460 bytes encrypted", "follows from the 1,024 of plaintext, never decides", "manual", "espconn: TestManualV21_16_CiphertextLimit"},
	{"17", "disconnect", "ARG, INPROGRESS when it is closing, else 0 and the disconnect callback from a task; no close_notify", "manual, choice", "espconn: TestManualV21_17_Disconnect"},
	{"18", "disconnect inside a callback", "0, carried out when the callback has returned, and a finding", "manual, choice", "espconn: TestManualV21_18_DisconnectInCallback"},
	{"19", "ca_enable", "false for a bad level or sector 0, else true; a finding where the sector belongs to the system", "manual, choice", "espconn: TestManualV21_19_CaEnable"},
	{"20", "CA wanted, its sector erased", "the handshake fails: -0x7F00, reconnect(-127); accept is still 0", "choice", "espconn: TestManualV21_20_ErasedCaSector"},
	{"21", "number of CAs", "two entries of an image, all certificates of a PEM entry; a finding for more entries", "manual, choice", "espconn: TestManualV21_21_TwoCAs"},
	{"22", "verification fails", "-0x2700, reconnect(-39), no alert; no dates, no names, RSA from 512 bits", "choice", "espconn: TestManualV21_22_VerificationFails"},
	{"23", "cert_req_enable: level 2 or 3, sector 0", "false", "manual", "espconn: TestManualV21_23_CertReqLevels"},
	{"24", "cert_req without ca_enable", "presents the device's certificate, checks nobody; the 3,072 holds", "choice", "espconn: TestManualV21_24_CertReqWithoutCa"},
	{"25", "cert_req: a name is missing in the image", "-0x7F00, reconnect(-127), where the SDK may loop for ever", "choice", "espconn: TestManualV21_25_ImageLacksName"},
	{"26", "set_default_*", "false for NULL, no length, over 8,192 or no memory; else a copy, the old one is freed; content is judged at the first client", "manual, choice", "espconn: TestManualV21_26_SetDefault"},
	{"27", "heap runs out in the handshake", "reconnect callback with the library's code, nothing leaks", "manual", "espconn: TestManualV21_27_HeapRunsOut; emulator: TestFailEachAllocation"},
	{"28", "heap runs out for the early mbedTLS's output buffer", "-0x7F00, reconnect(-127), where SDK 3.0.1 says nothing", "choice",
		"espconn: TestManualV21_28_OutputBufferOutOfMemory; espconn/boundedtls: TestOutputBufferOutOfMemory"},
	{"29", "a size too small for the first message", "the early mbedTLS's codes: -0x7200, -0x7900, -0x7500", "choice", "espconn: TestManualV21_29_TooSmallForTheHello"},
	{"30", "TLS 1.0 after the handshake", "readable records, one byte and the rest, one sent callback", "choice", "espconn: TestManualV21_30_TLS10"},
	{"31", "a flight over TCP's 2,920 bytes", "sent whole, and a finding", "choice", "espconn: TestManualV21_31_LongFlight"},
	{"32", "plain calls on a secure espconn and the reverse", "ARG and a finding; regist_write_finish: 0 and a finding, never called", "manual, choice", "espconn: TestManualV21_32_WriteFinish TestMixedCalls"},
	{"33", "which espconn a server's callbacks get", "the connection's for connect, recv and sent, the listener for disconnect and reconnect; the listener stays LISTEN", "choice", "espconn: TestManualV21_33_ListenerStaysListening TestServerHappyPath"},
	{"34", "a silent peer", "waits for ever; a FIN is a disconnect callback in the handshake too", "choice", "espconn: TestManualV21_34_SilentPeer"},
	{"35", "log lines, suites", "those of the early mbedTLS, line 661", "choice", "espconn: TestManualV21_35_LogLines"},
	{"36", "espconn_secure_sent", "is espconn_secure_send", "manual", "espconn: TestManualV21_36_SecureSent"},

	{"V1.0", "ManualV10: CA sector", "has 16 bits, a finding for more", "manual, choice", "espconn: TestManualV10_Sector"},
	{"V1.0", "ManualV10: functions of V2.1 only", "work, and each use is a finding", "choice", "espconn: TestManualV10_Functions"},
	{"V1.0", "ManualV10: the limits of 3,072 and 1,024 bytes", "do not exist", "manual", "espconn: TestManualV10_NoSizeRules TestManualV10_Sent"},
	{"V1.0", "ManualV10: order", "TCP is up, the CA is read, the handshake begins", "manual", "espconn: TestManualV10_Order"},
	{"V1.0", "ManualV10: verification fails", "the connection ends, reconnect(-28)", "manual, choice", "espconn: TestManualV10_Verification"},
	{"V1.0", "ManualV10: dates", "checked as axTLS does", "choice", "espconn: TestManualV10_Dates"},
}
