/* HSPI on the pins of the flash (sdk-surface.md, driver_lib). Own text of emu8266, MIT licence. */
#ifndef SPI_OVERLAP_APP_H
#define SPI_OVERLAP_APP_H

#include "ets_sys.h"
#include "spi_flash.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HSPI_OVERLAP
#define HOST_INF_SEL 0x3ff00028
#define reg_cspi_overlap (BIT7)
#define FUNC_SPI_CS1 1
#define FUNC_SPI_CS2 1

#ifndef SPI_FLASH_BYTES_LEN
#define SPI_FLASH_BYTES_LEN 24
#define IODATA_START_ADDR BIT0
#define SPI_BUFF_BYTE_NUM 32
#endif

/* Places in the copies of the registers. */
#define PERIPHS_IO_MUX_BACKUP 0
#define SPI_USER_BACKUP 1
#define SPI_CTRL_BACKUP 2
#define SPI_CLOCK_BACKUP 3
#define SPI_USER1_BACKUP 4
#define SPI_USER2_BACKUP 5
#define SPI_CMD_BACKUP 6
#define SPI_PIN_BACKUP 7
#define SPI_SLAVE_BACKUP 8

/* Who uses the bus. */
#define HSPI_CS_DEV 0
#define SPI_CS1_DEV 1
#define SPI_CS2_DEV 2
#define SPI_CS0_FLASH 3
#define HSPI_IDLE 4

struct hspi_device_config {
	uint8_t active : 1;
	uint8_t clk_polar : 1;
	uint8_t res : 1;
	uint8_t clk_div : 5;
};

struct hspi_device_register {
	uint32_t hspi_flash_reg_backup[9];
	uint32_t hspi_dev_reg_backup[9];
	struct hspi_device_config hspi_dev_conf[4];
	uint8_t selected_dev_num : 3;
	uint8_t spi_io_80m : 1;
	uint8_t hspi_reg_backup_flag : 1;
	uint8_t res : 3;
};

void hspi_overlap_init(void);
void hspi_overlap_deinit(void);
void spi_reg_recover(uint8_t spi_no, uint32_t *backup_mem);
void spi_reg_backup(uint8_t spi_no, uint32_t *backup_mem);
void hspi_master_dev_init(uint8_t dev_no, uint8_t clk_polar, uint8_t clk_div);
void hspi_dev_sel(uint8_t dev_no);
void hspi_overlap_flash_init(void);
SpiFlashOpResult hspi_overlap_read_flash_data(SpiFlashChip *spi, uint32_t flash_addr, uint32_t *addr_dest, uint32_t byte_length);

#ifdef __cplusplus
}
#endif

#endif
