// Package wifi holds the words of the SDK's Wi-Fi functions: modes, states, events, reasons, and the structs that firmware
// fills in or gets back. The names are the SDK's by the rule of package emulator: struct station_config is StationConfig,
// EVENT_STAMODE_GOT_IP is EventStamodeGotIP, STATION_MODE is StationMode.
//
// All of it is plain data without behaviour: values may be copied, compared and used from any goroutine. What the device does
// with it is written at the functions of package sdk.
//
// Names such as sdk-surface.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package wifi
