"""Dumps of databases with invented rows, in the form in which each program writes them."""

import sqlite3

POSTGRES_HEAD = b"""--
-- PostgreSQL database dump
--

\\restrict Qm3vN0aJt2

-- Dumped from database version 17.6
-- Dumped by pg_dump version 17.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE TABLE public.stay (
    id integer NOT NULL,
    ward character varying(40) NOT NULL,
    entered date,
    weight numeric(5,2),
    note text
);


ALTER TABLE public.stay OWNER TO clinic;
"""
POSTGRES_TAIL = b"""
ALTER TABLE ONLY public.stay
    ADD CONSTRAINT stay_pkey PRIMARY KEY (id);

CREATE INDEX stay_ward ON public.stay USING btree (ward);

--
-- PostgreSQL database dump complete
--

\\unrestrict Qm3vN0aJt2

"""
MYSQL_HEAD = b"""-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: clinic
-- ------------------------------------------------------
-- Server version\t8.0.36

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;

DROP TABLE IF EXISTS `stay`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `stay` (
  `id` int NOT NULL AUTO_INCREMENT,
  `ward` varchar(40) NOT NULL,
  `entered` date DEFAULT NULL,
  `weight` decimal(5,2) DEFAULT NULL,
  `note` text,
  `scan` blob,
  PRIMARY KEY (`id`),
  KEY `ward` (`ward`(10))
) ENGINE=InnoDB AUTO_INCREMENT=9 DEFAULT CHARSET=utf8mb4;

LOCK TABLES `stay` WRITE;
/*!40000 ALTER TABLE `stay` DISABLE KEYS */;
"""
MYSQL_TAIL = b"""/*!40000 ALTER TABLE `stay` ENABLE KEYS */;
UNLOCK TABLES;
/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;

-- Dump completed on 2026-03-12  4:05:06
"""
_MARIADB = b"/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19-11.8.6\n"
SQL_SERVER = b"""USE [clinic]\r
GO\r
/****** Object:  Table [dbo].[stay]    Script Date: 3/12/2026 ******/\r
SET ANSI_NULLS ON\r
GO\r
CREATE TABLE [dbo].[stay]([id] [int] NOT NULL, [ward] [nvarchar](40) NULL)\r
GO\r
INSERT [dbo].[stay] ([id], [ward]) VALUES (1, N'Cardiologie')\r
GO\r
"""


def copy_row(number: int) -> bytes:
    """Return one row as COPY writes it; the notes quote statements, which are no statements."""
    return b"%d\tward %d\t2026-03-%02d\t%d.50\tseen; \\\\! id\\nDROP TABLE stay; --\n" % (
        *(number, number % 9, number % 28 + 1, 40 + number % 60),
    )


def postgres(rows: bytes | int = 60, *, head: bytes = b"", tail: bytes = b"") -> bytes:
    """Return what pg_dump writes; `head` stands in front of the rows and `tail` behind them."""
    lines = b"".join(map(copy_row, range(1, rows + 1))) if isinstance(rows, int) else rows
    copy = b"\nCOPY public.stay (id, ward, entered, weight, note) FROM stdin;\n"
    return POSTGRES_HEAD + head + copy + lines + b"\\.\n\n" + tail + POSTGRES_TAIL


def mysql_row(number: int, scan: bytes = b"NULL") -> bytes:
    """Return one tuple as mysqldump writes it."""
    plain = b"(%d,'ward %d','2026-03-%02d',%d.50,'seen; it\\'s\\n\\\\! id'," % (
        *(number, number % 9, number % 28 + 1, 40 + number % 60),
    )
    return plain + scan + b")"


def mysql(rows: bytes | int = 60, *, head: bytes = b"", tail: bytes = b"") -> bytes:
    """Return what mysqldump writes."""
    tuples = b",".join(map(mysql_row, range(1, rows + 1))) if isinstance(rows, int) else rows
    insert = b"INSERT INTO `stay` VALUES " + tuples + b";\n"
    return MYSQL_HEAD + head + insert + tail + MYSQL_TAIL


def mariadb() -> bytes:
    """Return what MariaDB's program writes: its first line is a command of its own."""
    return _MARIADB + mysql().split(b"\n", 1)[1]


def sqlite(rows: int = 60, *, tail: bytes = b"") -> bytes:
    """Return what the shell of SQLite writes: Python writes the same without the first line."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table stay (id integer primary key, ward text, scan blob)")
        connection.executemany(
            "insert into stay values (?, ?, ?)",
            [(n, f"ward {n % 9}; it's", bytes([n % 256])) for n in range(1, rows + 1)],
        )
        *written, last = connection.iterdump()
    lines = b"\n".join((b"PRAGMA foreign_keys=OFF;", *(line.encode() for line in written)))
    return lines + b"\n" + tail + last.encode() + b"\n"


DUMPS = {
    "postgresql": postgres(),
    "mysql": mysql(),
    "mysql with pictures": mysql(mysql_row(1, b"_binary '\xff\xd8\xff\xe0\\0\\Z\\'\\n\x01'")),
    "mariadb": mariadb(),
    "sqlite": sqlite(),
}
