/* SPI byte by byte (sdk-surface.md, driver_lib). Own text of emu8266, MIT licence. */
#ifndef SPI_APP_H
#define SPI_APP_H

#include "ets_sys.h"
#include "os_type.h"
#include "osapi.h"
#include "spi_flash.h"
#include "spi_register.h"
#include "uart.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SPI_FLASH_BYTES_LEN 24
#define IODATA_START_ADDR BIT0
#define SPI_BUFF_BYTE_NUM 32

#define SPI 0
#define HSPI 1

void cache_flush(void);
void spi_master_init(uint8_t spi_no);
void spi_lcd_9bit_write(uint8_t spi_no, uint8_t high_bit, uint8_t low_8bit);
void spi_mast_byte_write(uint8_t spi_no, uint8_t data);
void spi_byte_write_espslave(uint8_t spi_no, uint8_t data); /* to another ESP8266 as slave */
void spi_byte_read_espslave(uint8_t spi_no, uint8_t *data);
void spi_slave_init(uint8_t spi_no, uint8_t data_len);
void spi_slave_isr_handler(void *para);
void hspi_master_readwrite_repeat(void);
void spi_test_init(void);

#ifdef __cplusplus
}
#endif

#endif
