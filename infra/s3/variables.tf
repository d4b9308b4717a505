variable "prefix" {
  description = "Begins the names of buckets and users: stores.prefix in autoclave.toml."
  type        = string
  default     = "autoclave"
}

variable "lock_mode" {
  description = "COMPLIANCE: nobody ends a lock early. GOVERNANCE: whoever has a right to."
  type        = string
  default     = "COMPLIANCE"

  validation {
    condition     = contains(["COMPLIANCE", "GOVERNANCE"], var.lock_mode)
    error_message = "lock_mode is COMPLIANCE or GOVERNANCE."
  }
}

variable "lock_days" {
  description = "How long what is put into quarantine and audit stays; choose it with counsel."
  type        = number
  default     = 90

  validation {
    condition     = var.lock_days >= 1 && floor(var.lock_days) == var.lock_days
    error_message = "lock_days is a whole number of at least 1."
  }
}
