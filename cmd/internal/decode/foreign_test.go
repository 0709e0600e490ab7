package decode

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
)

// foreignLines are what other libraries and applications print: numbers in them are none of the SDK's codes.
var foreignLines = strings.Split(strings.TrimSpace(`
ver 3 of 5 loaded in 12 ms
Error count: -7
sensor error -4
sensor read failed, err=-4
DHT22: checksum error -2
BME280 init error: -3
ds18b20 error code -127
I2C error 2 on bus 0
i2c write err: 4
SPI transfer failed: -1
SD card error 13
LittleFS error -28
fs: open failed: -2
HTTP status 404
HTTP/1.1 200 OK
[HTTP] GET... failed, error: connection refused
http error: -11
HTTP GET failed, error code -1
HTTP client reconnect, status 200 OK
POST /api err 5
OTA Error[4]: End Failed
OTA error -3
Update error: ERROR[9]: Magic byte is wrong
reset count 3
reason 2 of 5
exit reason 4
sensor reason: 201 lux
led driver reason=203
Exit code: -9
err=5
Error 3
error: -8
error code: 12
err(-12)
ERR -5
failed with error -3
failed: -11
timeout -3
connect failed: -4
WebSocket reconnect error -11
websocket disconnected, reason 1006
[WSc] Disconnected, code 1006
ws: reconnect err -9
WiFi reconnect attempt 3 of 10, status 6
WiFi.status() = 3
wifi status: 6
Reconnect attempt 5, error count 3
reconnecting in 5 s, err 4
reconnect after error 7
redis: reconnect error -3
Modbus reconnect failed, error -5
Modbus Exception 2: illegal data address
modbus exception (3): retry
uncaught exception (7) in handler
Blynk error 9
NTP error -1
ntp: no answer, retry 3
Firebase reconnect: error -1
telegram: error code 409
influx: write failed, code -11
RTC lost power, error 28
PID error 12, output -28
motor error -61
battery -3 dBm error 15
GPS fix error 2.5 m
lora: err -7, reconnect 2
free stack 304, err 0
watchdog fed 16 times
state: idle -> armed (3)
state: open -> closed (12)
AT+CWJAP? ERROR
CIPSTATUS:3
rssi -66, error rate 4
pos -114 err 16
uart rx err 28
TLS handshake took 1800 ms, code 0
mode : 3
SDK for sensors v2.1
compiled with error checks, 3 warnings
no devices found, reconnect after lunch
WebSocket client handshake failed
Error: connection lost
Error: invalid key
state: 1 -> 2 (3)
state: 0 -> 2 (5)
wdt reset counter 3
SDK 2 of 3 loaded
TCP connection error -11
socket error -9
mesh: node left, reason 4
`), "\n")

// No line of another library is told as one of the SDK's.
func TestOtherLibrariesSayNothing(t *testing.T) {
	assert.Greater(t, len(foreignLines), 60)
	for _, line := range foreignLines {
		l, err := ReadLog(strings.NewReader(line+"\n"), "", cause.English)
		if err == nil {
			assert.Fail(t, "it says something", "%s\n%s", line, l)
		}
		assert.ErrorIs(t, err, ErrSilent, line)
	}
}

// An MQTT library's code is said to be that, and is no reason of the SDK.
func TestMQTTCodesAreTheLibrarys(t *testing.T) {
	for _, line := range []string{"MQTT: connect error 5", "MQTT connect failed, rc=-2 try again in 5 seconds", "mqtt: CONNACK code 4",
		"Attempting MQTT connection...failed, rc=-4 try again", "MQTT reconnect error -3", "MQTT state: -1",
		"Disconnected from MQTT, reason: 2", "00:00:05.123 MQT: Connect failed to broker.local:8883, rc -4. Retry in 10 sec",
		"mqtt disconnected, reason code 135", "MQTT connect failed, rc=-2 (TCP connection failed)", "MQTT state -4, socket timeout"} {
		l, err := ReadLog(strings.NewReader(line+"\n"), "", cause.English)
		require.NoError(t, err, line)
		assert.Nil(t, l.First, line)
		assert.Empty(t, l.Meanings, line)
		assert.Contains(t, strings.Join(l.Summary, "\n"), "a code of the MQTT library, not of the SDK", line)
	}
}

// An error of TCP that an MQTT library passes on is the reconnect callback's value.
func TestMQTTPassesOnTCP(t *testing.T) {
	for line, name := range map[string]string{"mqtt: tcp error: -8": "ESPCONN_ABRT (-8)", "MQTT: socket error -11": "ESPCONN_CONN (-11)",
		"[mqtt] TCP closed, err=-9": "ESPCONN_RST (-9)", "mqtt over tcp failed: error code -10": "ESPCONN_CLSD (-10)"} {
		l, err := ReadLog(strings.NewReader(line+"\n"), "", cause.English)
		require.NoError(t, err, line)
		require.NotNil(t, l.First, line)
		assert.Contains(t, l.First.Name, name, line)
		assert.Contains(t, l.Lines[0].Note, "if that is espconn's", line)
	}
}

// Errors of the Arduino core's libraries are said to be theirs, in words where they are known, and are no reason of the SDK.
func TestArduinosErrorsAreItsOwn(t *testing.T) {
	for line, said := range map[string]string{
		"BSSL:_wait_for_handshake: failed":                                    "an error of BearSSL",
		"BSSL:Couldn't connect. Error = 'Certificate is expired or not yet.'": "not of the SDK: Certificate is expired or not yet",
		"BearSSL: last error: 62":                                             "error 62 of BearSSL",
		"BSSL error 54":                                                       "not yet valid",
		"bearssl err=296":                                                     "the peer sent a fatal alert",
		"BearSSL error code: 552":                                             "the device sent a fatal alert",
		"HTTP_UPDATE_FAILD Error (-106): Verify bin header failed":            "no image",
		"HTTP_UPDATE_FAILED, error -1":                                        "no connection",
		"HTTP_UPDATE_FAILD Error (-199): ?":                                   "ESP8266httpUpdate, not of the SDK",
	} {
		l, err := ReadLog(strings.NewReader(line+"\n"), "", cause.English)
		require.NoError(t, err, line)
		assert.Nil(t, l.First, line)
		assert.Empty(t, l.Meanings, line)
		assert.Contains(t, strings.Join(l.Summary, "\n"), said, line)
	}
}

// A log of the Arduino core is no log of one of the SDK's TLS libraries.
func TestArduinosLogHasNoProfile(t *testing.T) {
	l, err := ReadLog(strings.NewReader("SDK:2.2.2-dev(38a443e)/Core:3.0.1=30001000/lwIP:STABLE-2_1_2_RELEASE/glue:1.2/BearSSL:c0b69df\n"+
		"BSSL:_connectSSL: start connection\nBSSL:Connected!\n"), "", cause.English)
	require.NoError(t, err)
	assert.Equal(t, Profile{Why: "line 1 is of the Arduino core, whose TLS library is BearSSL, not one of the SDK's"}, l.Profile)
	assert.Contains(t, l.Summary, "Nothing in this log failed.")
}
