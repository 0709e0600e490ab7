package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Pointers to registers and to the flash that the chip shows as memory reach them, whatever the width, with constants and with computed
// addresses.
func TestRawAddresses(t *testing.T) {
	needTools(t)
	files := map[string]string{
		"main.c": `
#include "osapi.h"
#include "gpio.h"
#include "spi_flash.h"
static volatile uint32 *reg = (volatile uint32 *)0x60000300;
static uint32 word = 0x11223344;
__attribute__((noinline)) static void set(volatile uint32 *p, int i, uint32 v) { p[i] = v; }
__attribute__((noinline)) static uint32 get(const void *p, int i) { return ((const volatile uint32 *)p)[i]; }
void user_init(void)
{
	uint32 copy = 0;

	set(reg, 1, 4); /* GPIO_OUT_W1TS */
	os_printf("out %x %x\n", *(volatile uint32 *)0x60000300, GPIO_REG_READ(GPIO_OUT_ADDRESS));
	*(volatile uint32 *)0x60000304 = 0x1200;
	os_printf("bytes %x %x %d\n", ((volatile uint8 *)reg)[0], ((volatile uint16 *)reg)[0], ((volatile sint8 *)reg)[1]);
	spi_flash_erase_sector(0x80);
	spi_flash_write(0x80000, &word, 4);
	os_memcpy(&copy, (void *)0x40280000, 4);
	os_printf("flash %x %x %x\n", get((void *)0x40200000, 0x80000 / 4), *(uint32 *)0x40280000, copy);
	os_printf("wide %x\n", (uint32)(*(volatile uint64 *)0x40280000));
	copy = *(volatile uint32 *)0x3FF20C00; /* the MAC's clock, in us */
	os_delay_us(300);
	copy = *(volatile uint32 *)0x3FF20C00 - copy;
	os_printf("clock %d\n", copy >= 300 && copy < 400);
}
`,
	}
	texts := []string{"out 4 4\n", "bytes 4 1204 18\n", "flash 11223344 11223344 11223344\n", "wide 11223344\n", "clock 1\n"}
	o := options(t, tree(t, files))
	bootFiles(t, o, texts...)
	o.Check = true
	bootFiles(t, o, texts...)
	o.Check, o.Test = false, true
	bootFiles(t, o, texts...)
}

// Which texts make an image in which each load and store is looked at.
func TestRaw(t *testing.T) {
	for text, want := range map[string]bool{
		"x = *(volatile uint32_t *)0x60000300;":                                 true,
		"now = (*(volatile uint32_t *)(0x3ff20c00));":                           true,
		"x = (*((volatile uint32_t *)(0x60000000 + (i) * 0xf00 + 0x1c)));":      true,
		"uint32 *p = (uint32 *)(addr + 0x40200000);":                            true,
		"struct i2s *s = (struct i2s *const)0x60000e00;":                        true,
		"x = esp_read_register((uint32_t)(0x60000300));":                        false,
		"f((char *)p, esp_read_register((uint32_t)(0x60000300 + (0x18))));":     false,
		"os_memcpy((void *)p, q, 4); esp_write_register((uint32_t)0x3ff00014);": false,
		"x = *(uint32 *)0x3ffe8000;":                                            false,
	} {
		assert.Equal(t, want, raw([]byte(text)), text)
	}
}
