package emulator_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/internal/radio"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// sdkRefusal is a call of the SDK that is refused, espconn's excepted.
type sdkRefusal struct {
	function, result string
	cause            soc.CauseID
	have, limit      int64
	least            int32
	call             func(s *emulator.SDK)
}

// sdkRefusals has each function with each reason for which it is refused.
func sdkRefusals() []sdkRefusal {
	type sdk = *emulator.SDK
	softAP := func(change func(c *wifi.SoftapConfig)) func(s sdk) {
		return func(s sdk) {
			s.WifiSetOpmodeCurrent(3)
			c := wifi.SoftapConfig{SSID: "ap", Channel: 1, MaxConnection: 4, BeaconInterval: 100}
			change(&c)
			s.WifiSoftapSetConfigCurrent(c)
		}
	}
	const apConfig = "wifi_softap_set_config_current"
	never := func(chip.OsEvent) {}
	addr := netip.MustParseAddr
	gap := wifi.IPInfo{IP: addr("10.0.0.7"), Netmask: addr("255.0.255.0")}
	return []sdkRefusal{
		{"wifi_set_opmode", "false", soc.CauseRange, 4, 3, 0, func(s sdk) { s.WifiSetOpmode(4) }},
		{"wifi_set_opmode_current", "false", soc.CauseRange, 9, 3, 0, func(s sdk) { s.WifiSetOpmodeCurrent(9) }},
		{"wifi_station_set_config", "false", soc.CauseLength, 33, 32, 0, func(s sdk) {
			s.WifiStationSetConfig(wifi.StationConfig{SSID: strings.Repeat("s", 33)})
		}},
		{"wifi_station_set_config_current", "false", soc.CauseLength, 65, 64, 0, func(s sdk) {
			s.WifiStationSetConfigCurrent(wifi.StationConfig{Password: strings.Repeat("p", 65)})
		}},
		{"wifi_station_set_config", "false", soc.CauseNoInterface, 2, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiStationSetConfig(wifi.StationConfig{SSID: "x"})
		}},
		{"wifi_station_connect", "false", soc.CauseNoInterface, 2, 0, 0, func(s sdk) { s.WifiSetOpmodeCurrent(2); s.WifiStationConnect() }},
		{"wifi_station_disconnect", "false", soc.CauseNoInterface, 2, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiStationDisconnect()
		}},
		{"wifi_station_dhcpc_start", "false", soc.CauseNoInterface, 2, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiStationDhcpcStart()
		}},
		{"wifi_station_dhcpc_stop", "false", soc.CauseNoInterface, 2, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiStationDhcpcStop()
		}},
		{"wifi_station_set_hostname", "false", soc.CauseLength, 33, 32, 0, func(s sdk) {
			s.WifiStationSetHostname(string(make([]byte, 33)))
		}},
		{"wifi_station_ap_number_set", "false", soc.CauseRange, 6, 5, 1, func(s sdk) { s.WifiStationApNumberSet(6) }},
		{"wifi_station_set_auto_connect", "false", soc.CauseRange, 2, 1, 0, func(s sdk) { s.WifiStationSetAutoConnect(2) }},
		{"wifi_station_ap_change", "false", soc.CauseRange, 4, 0, 0, func(s sdk) { s.WifiStationApChange(4) }},
		{"wifi_station_ap_change", "false", soc.CauseNoInterface, 2, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiStationApChange(0)
		}},
		{"wifi_station_scan", "false", soc.CauseNoInterface, 2, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiStationScan(nil, nil)
		}},
		{"wifi_station_scan", "false", soc.CauseBusy, 0, 0, 0, func(s sdk) { s.WifiStationScan(nil, nil); s.WifiStationScan(nil, nil) }},
		{"wifi_set_ip_info", "false", soc.CauseDHCPRuns, 0, 0, 0, func(s sdk) { s.WifiSetIPInfo(wifi.StationIf, wifi.IPInfo{}) }},
		{"wifi_set_ip_info", "false", soc.CauseRange, 2, 1, 0, func(s sdk) { s.WifiSetIPInfo(2, wifi.IPInfo{}) }},
		{"wifi_set_ip_info", "false", soc.CauseNoInterface, 2, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiSetIPInfo(wifi.StationIf, gap)
		}},
		{"wifi_set_ip_info", "false", soc.CauseAddress, 0, 0, 0, func(s sdk) {
			s.WifiStationDhcpcStop()
			s.WifiSetIPInfo(wifi.StationIf, gap)
		}},
		{"wifi_set_ip_info", "false", soc.CauseNoInterface, 1, 0, 0, func(s sdk) { s.WifiSetIPInfo(wifi.SoftAPIf, gap) }},
		{"wifi_set_ip_info", "false", soc.CauseDHCPRuns, 0, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiSetIPInfo(wifi.SoftAPIf, gap)
		}},
		{"wifi_set_ip_info", "false", soc.CauseAddress, 0, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiSoftapDhcpsStop()
			s.WifiSetIPInfo(wifi.SoftAPIf, gap)
		}},
		{"wifi_set_macaddr", "false", soc.CauseTooLate, 0, 0, 0, func(s sdk) { s.WifiSetMacaddr(wifi.StationIf, [6]byte{2}) }},
		{"wifi_set_channel", "false", soc.CauseRange, 0, 13, 1, func(s sdk) { s.WifiSetChannel(0) }},
		{"wifi_set_sleep_level", "false", soc.CauseRange, 2, 1, 0, func(s sdk) { s.WifiSetSleepLevel(2) }},
		{"wifi_set_listen_interval", "false", soc.CauseRange, 11, 10, 1, func(s sdk) { s.WifiSetListenInterval(11) }},
		{"wifi_set_listen_interval", "false", soc.CauseNotBegun, 0, 0, 0, func(s sdk) { s.WifiSetListenInterval(3) }},
		{"wifi_set_country", "false", soc.CauseRange, 15, 14, 1, func(s sdk) { s.WifiSetCountry(wifi.Country{Schan: 2, Nchan: 14}) }},
		{"wifi_set_sleep_type", "false", soc.CauseRange, 3, 2, 0, func(s sdk) { s.WifiSetSleepType(3) }},
		{"wifi_set_phy_mode", "false", soc.CauseRange, 4, 3, 1, func(s sdk) { s.WifiSetPhyMode(4) }},
		{"wifi_set_broadcast_if", "false", soc.CauseRange, 4, 3, 1, func(s sdk) { s.WifiSetBroadcastIf(4) }},
		{"wifi_set_broadcast_if", "false", soc.CauseNoInterface, 1, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(1)
			s.WifiSetBroadcastIf(2)
		}},
		{"wifi_fpm_do_sleep", "-2", soc.CauseNotBegun, 0, 0, 0, func(s sdk) { s.WifiFpmDoSleep(1) }},
		{"wifi_fpm_do_sleep", "-1", soc.CauseBusy, 0, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(0)
			s.WifiFpmOpen()
			s.WifiFpmDoSleep(1)
			s.WifiFpmDoSleep(1)
		}},
		{"wifi_fpm_do_sleep", "-1", soc.CauseMode, 1, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(0)
			s.WifiFpmOpen()
			s.WifiSetOpmodeCurrent(1)
			s.WifiFpmDoSleep(1)
		}},
		{"wifi_wps_enable", "false", soc.CauseRange, 2, 1, 1, func(s sdk) { s.WifiWpsEnable(2) }},
		{"wifi_wps_enable", "false", soc.CauseMode, 3, 1, 0, func(s sdk) { s.WifiSetOpmodeCurrent(3); s.WifiWpsEnable(1) }},
		{"wifi_set_wps_cb", "false", soc.CauseNoCallback, 0, 0, 0, func(s sdk) { s.WifiSetWpsCb(nil) }},
		{"wifi_wps_start", "false", soc.CauseNotBegun, 0, 0, 0, func(s sdk) { s.WifiWpsStart() }},
		{"wifi_wps_start", "false", soc.CauseBusy, 0, 0, 0, func(s sdk) { s.WifiWpsEnable(1); s.WifiWpsStart(); s.WifiWpsStart() }},
		{"wifi_register_send_pkt_freedom_cb", "-1", soc.CauseNoCallback, 0, 0, 0, func(s sdk) { s.WifiRegisterSendPktFreedomCb(nil) }},
		{"wifi_send_pkt_freedom", "-1", soc.CauseLength, 23, 1400, 24, func(s sdk) { s.WifiSendPktFreedom(make([]byte, 23), false) }},
		{"wifi_set_user_fixed_rate", "-1", soc.CauseRange, 4, 3, 0, func(s sdk) { s.WifiSetUserFixedRate(4, 8) }},
		{"wifi_set_user_fixed_rate", "-1", soc.CauseRange, 7, 15, 8, func(s sdk) { s.WifiSetUserFixedRate(1, 7) }},
		{apConfig, "false", soc.CauseNoInterface, 1, 0, 0, func(s sdk) { s.WifiSoftapSetConfigCurrent(wifi.SoftapConfig{}) }},
		{apConfig, "false", soc.CauseLength, 0, 32, 1, softAP(func(c *wifi.SoftapConfig) { c.SSID = "" })},
		{apConfig, "false", soc.CauseLength, 7, 63, 8, softAP(func(c *wifi.SoftapConfig) { c.AuthMode, c.Password = 3, "1234567" })},
		{"wifi_softap_dhcps_start", "false", soc.CauseNoInterface, 1, 0, 0, func(s sdk) { s.WifiSoftapDhcpsStart() }},
		{"wifi_softap_dhcps_stop", "false", soc.CauseNoInterface, 1, 0, 0, func(s sdk) { s.WifiSoftapDhcpsStop() }},
		{"wifi_softap_set_dhcps_lease", "false", soc.CauseNoInterface, 1, 0, 0, func(s sdk) {
			s.WifiSoftapSetDhcpsLease(wifi.DhcpsLease{})
		}},
		{"wifi_softap_set_dhcps_lease", "false", soc.CauseDHCPRuns, 0, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiSoftapSetDhcpsLease(wifi.DhcpsLease{})
		}},
		{"wifi_softap_set_dhcps_lease", "false", soc.CauseAddress, 0, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiSoftapDhcpsStop()
			s.WifiSoftapSetDhcpsLease(wifi.DhcpsLease{Enable: true, StartIP: addr("192.168.4.1"), EndIP: addr("192.168.4.9")})
		}},
		{"wifi_softap_set_dhcps_lease_time", "false", soc.CauseNoInterface, 1, 0, 0, func(s sdk) { s.WifiSoftapSetDhcpsLeaseTime(5) }},
		{"wifi_softap_reset_dhcps_lease_time", "false", soc.CauseDHCPRuns, 0, 0, 0, func(s sdk) {
			s.WifiSetOpmodeCurrent(2)
			s.WifiSoftapResetDhcpsLeaseTime()
		}},
		{"wifi_softap_set_dhcps_offer_option", "false", soc.CauseRange, 2, 1, 1, func(s sdk) { s.WifiSoftapSetDhcpsOfferOption(2, 0) }},
		{"smartconfig_start", "false", soc.CauseMode, 3, 1, 0, func(s sdk) { s.WifiSetOpmodeCurrent(3); s.SmartconfigStart(nil) }},
		{"smartconfig_start", "false", soc.CauseBusy, 0, 0, 0, func(s sdk) { s.SmartconfigStart(nil); s.SmartconfigStart(nil) }},
		{"smartconfig_set_type", "false", soc.CauseBusy, 0, 0, 0, func(s sdk) { s.SmartconfigStart(nil); s.SmartconfigSetType(0) }},
		{"esptouch_set_timeout", "false", soc.CauseBusy, 0, 0, 0, func(s sdk) { s.SmartconfigStart(nil); s.EsptouchSetTimeout(20) }},

		{"system_update_cpu_freq", "false", soc.CauseRange, 40, 160, 80, func(s sdk) { s.SystemUpdateCPUFreq(40) }},
		{"system_rtc_mem_read", "false", soc.CauseRange, 772, 768, 0, func(s sdk) { s.SystemRtcMemRead(192, make([]byte, 4)) }},
		{"system_rtc_mem_write", "false", soc.CauseRange, 772, 768, 0, func(s sdk) { s.SystemRtcMemWrite(191, make([]byte, 8)) }},
		{"system_deep_sleep", "false", soc.CauseSleepTooLong, 13000, 12348, 0, func(s sdk) { s.SystemDeepSleep(13_000_000_000) }},
		{"system_deep_sleep_instant", "false", soc.CauseSleepTooLong, 13000, 12348, 0, func(s sdk) {
			s.SystemDeepSleepInstant(13_000_000_000)
		}},
		{"system_deep_sleep_set_option", "false", soc.CauseRange, 5, 4, 0, func(s sdk) { s.SystemDeepSleepSetOption(5) }},
		{"system_os_task", "false", soc.CauseRange, 3, 2, 0, func(s sdk) { s.SystemOsTask(never, 3, make([]chip.OsEvent, 1)) }},
		{"system_os_task", "false", soc.CauseRange, 0, 255, 1, func(s sdk) { s.SystemOsTask(never, 0, nil) }},
		{"system_os_task", "false", soc.CauseNoCallback, 0, 0, 0, func(s sdk) { s.SystemOsTask(nil, 0, make([]chip.OsEvent, 1)) }},
		{"system_os_post", "false", soc.CauseRange, 3, 2, 0, func(s sdk) { s.SystemOsPost(3, 0, 0) }},
		{"system_os_post", "false", soc.CauseNoTask, 1, 0, 0, func(s sdk) { s.SystemOsPost(1, 0, 0) }},
		{"system_os_post", "false", soc.CauseTaskQueue, 1, 1, 0, func(s sdk) {
			s.SystemOsTask(never, 0, make([]chip.OsEvent, 1))
			s.SystemOsPost(0, 0, 0)
			s.SystemOsPost(0, 0, 0)
		}},
		{"system_restart_enhance", "false", soc.CauseNoMode, 0, 0, 0, func(s sdk) { s.SystemRestartEnhance(0, 0) }},
		{"system_upgrade", "false", soc.CauseNotBegun, 0, 0, 0, func(s sdk) { s.SystemUpgrade([]byte{1}) }},
		{"system_upgrade", "false", soc.CauseNoBlock, 4, 0, 0, func(s sdk) {
			s.SystemUpgradeInit()
			s.OsMalloc(s.SystemGetFreeHeapSize() - 16)
			s.SystemUpgrade([]byte{1, 2, 3, 4})
		}},
		{"system_upgrade", "false", soc.CauseUpgradeTooLong, 917508, 917504, 0, func(s sdk) {
			s.SystemUpgradeInit()
			for range 56 {
				s.SystemSoftWdtFeed()
				s.SystemUpgrade(make([]byte, 16384))
			}
			s.SystemUpgrade(make([]byte, 4))
		}},
		{"system_upgrade_start", "false", soc.CauseNull, 0, 0, 0, func(s sdk) { s.SystemUpgradeStart(nil) }},
		{"system_upgrade_start", "false", soc.CauseBusy, 0, 0, 0, func(s sdk) {
			s.SystemUpgradeFlagSet(chip.UpgradeFlagStart)
			s.SystemUpgradeStart(nil)
		}},
		{"ping_start", "false", soc.CauseNull, 0, 0, 0, func(s sdk) { s.PingStart(nil) }},
		{"ping_regist_recv", "false", soc.CauseNull, 0, 0, 0, func(s sdk) { s.PingRegistRecv(nil, nil) }},
		{"ping_regist_sent", "false", soc.CauseNull, 0, 0, 0, func(s sdk) { s.PingRegistSent(nil, nil) }},
		{"ping_start", "false", soc.CauseNoBlock, 32, 0, 0, func(s sdk) {
			s.OsMalloc(s.SystemGetFreeHeapSize() - 16)
			s.PingStart(&emulator.PingOption{})
		}},
		{"spi_flash_read", "1, SPI_FLASH_RESULT_ERR", soc.CauseFlash, 0, 0, 0, func(s sdk) { s.SpiFlashRead(0xFFFFFFF0, make([]byte, 4)) }},
		{"spi_flash_write", "1, SPI_FLASH_RESULT_ERR", soc.CauseFlash, 0, 0, 0, func(s sdk) { s.SpiFlashWrite(1, make([]byte, 4)) }},
		{"spi_flash_erase_sector", "1, SPI_FLASH_RESULT_ERR", soc.CauseFlash, 0, 0, 0, func(s sdk) { s.SpiFlashEraseSector(0xFFFF) }},
		{"system_partition_get_item", "false", soc.CauseNoItem, 99, 0, 0, func(s sdk) { s.SystemPartitionGetItem(99) }},
		{"system_partition_table_regist", "false", soc.CauseFlash, 0, 0, 0, func(s sdk) {
			s.SystemPartitionTableRegist([]image.Partition{{Type: 1, Addr: 1, Size: 1}}, 4)
		}},
		{"system_param_save_with_protect", "false", soc.CauseFlash, 0, 0, 0, func(s sdk) {
			s.SystemParamSaveWithProtect(0xFFF0, []byte{1, 2, 3, 4})
		}},
		{"system_param_load", "false", soc.CauseFlash, 0, 0, 0, func(s sdk) { s.SystemParamLoad(0xFFF0, 0, make([]byte, 4)) }},
	}
}

// Each call of the SDK that is refused says why, and is told so.
func TestRefusals(t *testing.T) {
	for _, r := range sdkRefusals() {
		t.Run(r.function+"/"+strings.TrimPrefix(string(r.cause), "device/"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sdk *emulator.SDK
				d := emulator.NewTest(t, emulator.Config{Seed: 1})
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { sdk = s })))
				time.Sleep(5 * time.Second)
				require.NoError(t, d.Do(func() { r.call(sdk) }))
				var last trace.Event
				for _, e := range d.Trace().Events() {
					if e.Kind == trace.KindCause && e.Source == trace.SourceAPI {
						last = e
					}
				}
				assert.Equal(t, sdkRefusal{cause: r.cause, have: r.have, limit: r.limit, least: r.least},
					sdkRefusal{cause: soc.CauseID(last.Name), have: last.Value, limit: last.Limit, least: last.Least})
				all := d.Explanations()
				require.NotEmpty(t, all)
				x := all[0]
				assert.Equal(t, explain.OutcomeRefused, x.Outcome, "%s", x)
				assert.Equal(t, r.function+" returned "+r.result, x.Symptom, "%s", x)
				assert.Equal(t, cause.ID(r.cause), x.CauseID)
				assert.NotContains(t, x.String(), "{")
			})
		})
	}
}

// Inside user_init, and after a wake without a radio, other calls are refused.
func TestRefusalsBeforeTheRadio(t *testing.T) {
	for id, call := range map[soc.CauseID]func(s *emulator.SDK){
		soc.CauseTooEarly: func(s *emulator.SDK) { s.WifiStationScan(nil, nil) },
		soc.CauseAddress:  func(s *emulator.SDK) { s.WifiSetMacaddr(wifi.StationIf, [6]byte{1}) },
		soc.CauseRange:    func(s *emulator.SDK) { s.WifiSetMacaddr(2, [6]byte{2}) },
	} {
		synctest.Test(t, func(t *testing.T) {
			d := emulator.NewTest(t, emulator.Config{Seed: 1})
			require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { call(s) })))
			assert.Equal(t, cause.ID(id), d.Explanations()[0].CauseID)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1})
		slept := false
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			timer := &emulator.OsTimer{}
			s.OsTimerSetfn(timer, func() {
				if slept {
					s.WifiStationConnect()
					s.WifiStationScan(nil, nil)
					return
				}
				slept = true
				s.SystemDeepSleepSetOption(4)
				s.SystemDeepSleep(1_000_000)
			})
			s.OsTimerArm(timer, 5000, false)
		})))
		time.Sleep(30 * time.Second)
		told := map[string]cause.ID{}
		for _, x := range d.Explanations() {
			told[x.About] = x.CauseID
		}
		assert.Equal(t, cause.ID(radio.CauseRadioOff), told["wifi_station_connect"])
		assert.Equal(t, cause.ID(radio.CauseRadioOff), told["wifi_station_scan"])
	})
}

// A flash that does not take an upgrade's bytes refuses them.
func TestRefusalOfADeadSector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		d := emulator.NewTest(t, emulator.Config{Seed: 1})
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { sdk = s })))
		require.NoError(t, d.Flash().FailSector(0x101, flash.Dead))
		require.NoError(t, d.Do(func() {
			sdk.SystemUpgradeInit()
			assert.False(t, sdk.SystemUpgrade([]byte{1, 2, 3, 4}))
		}))
		x := d.Explanations()[0]
		assert.Equal(t, cause.ID(soc.CauseFlash), x.CauseID, "%s", x)
		assert.Equal(t, "system_upgrade returned false", x.Symptom)
	})
}

// No exported function of the device returns a bare false or -1 for a refusal: a cause says why.
func TestNoRefusalWithoutCause(t *testing.T) {
	// What these answer is no refusal, or another function says why.
	answers := map[string]bool{"Post": true, "Refused": true, "DeepSleep": true, "DeepSleepInstant": true}
	for _, pattern := range []string{"internal/radio/*.go", "internal/soc/*.go", "internal/machine/*.go", "sdk/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, file, nil, 0)
			require.NoError(t, err)
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Recv == nil || !fn.Name.IsExported() || answers[fn.Name.Name] || !sdkMethod(fn) {
					continue
				}
				ast.Inspect(fn, func(n ast.Node) bool {
					if _, ok := n.(*ast.FuncLit); ok {
						return false
					}
					if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
						id, isIdent := r.Results[0].(*ast.Ident)
						assert.False(t, isIdent && id.Name == "false", "%s: %s returns a bare false: use Refused", fset.Position(r.Pos()),
							fn.Name.Name)
					}
					return true
				})
			}
		}
	}
}

// Every function that can refuse a call, with every cause that stands beside its name in the source, is one of those that TestRefusals and
// TestRefusalsBeforeTheRadio play: a refusal that nobody provokes fails here.
func TestEveryRefusalIsPlayed(t *testing.T) {
	played, pairs := map[string]bool{}, map[[2]string]bool{}
	for _, r := range slices.Concat(sdkRefusals(), elsewhereRefused) {
		played[r.function], pairs[[2]string{r.function, causeName(r.cause)}] = true, true
	}
	found := 0
	for _, call := range refusingCalls(t, "internal/radio/*.go", "internal/soc/*.go", "internal/machine/*.go", "internal/cabi/*.go",
		"sdk/*.go") {
		found++
		assert.True(t, played[call.function], "%s: no row of sdkRefusals plays a refusal of %s", call.at, call.function)
		if call.cause != "" {
			assert.True(t, pairs[[2]string{call.function, call.cause}], "%s: no row of sdkRefusals has %s with %s", call.at, call.function,
				call.cause)
		}
	}
	assert.Greater(t, found, 60)
}

// elsewhereRefused are refusals that other tests provoke.
var elsewhereRefused = []sdkRefusal{
	{function: "system_upgrade", cause: soc.CauseFlash},           // TestRefusalOfADeadSector
	{function: "wifi_station_scan", cause: soc.CauseTooEarly},     // TestRefusalsBeforeTheRadio
	{function: "wifi_set_broadcast_if", cause: soc.CauseTooEarly}, // TestBroadcastInterface
	{function: "wifi_set_macaddr", cause: soc.CauseRange},
	{function: "wifi_set_macaddr", cause: soc.CauseAddress},
}

// causeName is the last part of a cause's identifier in the source, as far as its text tells: device/not-begun is notbegun.
func causeName(id soc.CauseID) string {
	_, name, _ := strings.Cut(string(id), "/")
	return strings.ReplaceAll(name, "-", "")
}

// refusingCall is a place in the source that refuses a call.
type refusingCall struct {
	at              token.Position
	function, cause string // cause: as causeName has it; "" if another function chooses it
}

// refusingCalls finds the places: calls with the name of a function of the SDK in front, of Refused itself or of what hands that name on.
func refusingCalls(t *testing.T, patterns ...string) (all []refusingCall) {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range names {
			if !strings.HasSuffix(name, "_test.go") {
				f, err := parser.ParseFile(fset, name, nil, 0)
				require.NoError(t, err)
				files = append(files, f)
			}
		}
	}
	hands, texts := map[string]bool{"Refused": true, "RefusedNull": true}, map[string]string{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if p := n.Type.Params.List; len(p) > 0 && len(p[0].Names) > 0 && p[0].Names[0].Name == "function" {
					hands[n.Name.Name] = true
				}
			case *ast.ValueSpec:
				for i, v := range n.Values {
					lit, ok := v.(*ast.BasicLit)
					if ok && lit.Kind == token.STRING && i < len(n.Names) && n.Names[i].Name != "function" {
						texts[n.Names[i].Name] = strings.Trim(lit.Value, `"`)
					}
				}
			}
			return true
		})
	}
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			own := maps.Clone(texts)
			ast.Inspect(fn, func(n ast.Node) bool {
				if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 && v.Names[0].Name == "function" {
					if lit, ok := v.Values[0].(*ast.BasicLit); ok {
						own["function"] = strings.Trim(lit.Value, `"`)
					}
				}
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) < 2 {
					return true
				}
				sel, ok := call.Fun.(*ast.SelectorExpr)
				if !ok || !hands[sel.Sel.Name] {
					return true
				}
				var name string
				switch a := call.Args[0].(type) {
				case *ast.BasicLit:
					name = strings.Trim(a.Value, `"`)
				case *ast.Ident:
					name = own[a.Name]
				}
				if name == "" {
					return true
				}
				one := refusingCall{at: fset.Position(call.Pos()), function: name}
				if sel.Sel.Name == "Refused" {
					text := ""
					switch c := call.Args[2].(type) {
					case *ast.SelectorExpr:
						text = c.Sel.Name
					case *ast.Ident:
						text = c.Name
					}
					one.cause = causeOf(text)
				}
				all = append(all, one)
				return true
			})
		}
	}
	return all
}

// causeOf is causeName of a cause's identifier; "" for what is none.
func causeOf(identifier string) string {
	name, ok := strings.CutPrefix(identifier, "Cause")
	if !ok {
		return ""
	}
	return strings.ToLower(name)
}

// sdkMethod tells whether a function is one of those that firmware calls, on the machine, the radio or the SDK.
func sdkMethod(fn *ast.FuncDecl) bool {
	star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	id, ok := star.X.(*ast.Ident)
	return ok && (id.Name == "Radio" || id.Name == "System" || id.Name == "Machine" || id.Name == "SDK")
}
