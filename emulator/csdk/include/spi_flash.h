/* The flash chip (sdk-surface.md, spi_flash.h). Own text of emu8266, MIT licence. */
#ifndef SPI_FLASH_H
#define SPI_FLASH_H

#include "c_types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { SPI_FLASH_RESULT_OK, SPI_FLASH_RESULT_ERR, SPI_FLASH_RESULT_TIMEOUT } SpiFlashOpResult;

typedef struct {
	uint32 deviceId;
	uint32 chip_size; /* bytes */
	uint32 block_size;
	uint32 sector_size;
	uint32 page_size;
	uint32 status_mask;
} SpiFlashChip;
ESP_LAYOUT(SpiFlashChip, 24);

#ifndef SPI_FLASH_SEC_SIZE
#define SPI_FLASH_SEC_SIZE 4096
#endif

ESP_SDK uint32 spi_flash_get_id(void);
ESP_SDK SpiFlashOpResult spi_flash_erase_sector(uint16 sector);
ESP_SDK SpiFlashOpResult spi_flash_write(uint32 to, uint32 *from, uint32 size);
ESP_SDK SpiFlashOpResult spi_flash_read(uint32 from, uint32 *to, uint32 size);

typedef SpiFlashOpResult (*user_spi_flash_read)(SpiFlashChip *chip, uint32 from, uint32 *to, uint32 size);

ESP_SDK void spi_flash_set_read_func(user_spi_flash_read read);

/* Not in the emulator: a call ends the firmware with the function's name. */
bool spi_flash_erase_protect_enable(void);
bool spi_flash_erase_protect_disable(void);

/* The ROM's variable of this name. Firmware declares it: that declares this function then. */
#define flashchip (esp_flashchip())
ESP_SDK SpiFlashChip *esp_flashchip(void);

#ifdef __cplusplus
}
#endif

#endif
