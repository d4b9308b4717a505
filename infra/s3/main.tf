# The stores of Autoclave on AWS: four buckets, ten identities, and policies that grant each of them
# its own work. The same as `autoclave init --stores s3` makes elsewhere: docs/stores.md explains it.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0, < 7.0"
    }
  }
}

data "aws_caller_identity" "this" {}

locals {
  zones  = toset(["quarantine", "clean", "audit", "names"])
  locked = toset(["quarantine", "audit"])
  identities = toset([
    "ingest", "inspector", "promoter", "rescanner", "recaller",
    "sequencer", "auditor", "names", "console", "consumer",
  ])
}

resource "aws_s3_bucket" "zone" {
  for_each            = local.zones
  bucket              = "${var.prefix}-${each.key}"
  object_lock_enabled = contains(local.locked, each.key)
  force_destroy       = false

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "zone" {
  for_each = local.zones
  bucket   = aws_s3_bucket.zone[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

# The default keeps what is put without any header: no writer has a right to set a retention.
resource "aws_s3_bucket_object_lock_configuration" "locked" {
  for_each = local.locked
  bucket   = aws_s3_bucket.zone[each.key].id

  rule {
    default_retention {
      mode = var.lock_mode
      days = var.lock_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.zone]
}

resource "aws_s3_bucket_public_access_block" "zone" {
  for_each                = local.zones
  bucket                  = aws_s3_bucket.zone[each.key].id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

# Access lists have no effect: policies alone say who may do what.
resource "aws_s3_bucket_ownership_controls" "zone" {
  for_each = local.zones
  bucket   = aws_s3_bucket.zone[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "zone" {
  for_each = local.zones
  bucket   = aws_s3_bucket.zone[each.key].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# Nothing expires; only uploads that nobody finished are dropped.
resource "aws_s3_bucket_lifecycle_configuration" "zone" {
  for_each = local.zones
  bucket   = aws_s3_bucket.zone[each.key].id

  rule {
    id     = "autoclave-unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.zone]
}

# The users have no policies of their own: what they may do stands on the buckets.
resource "aws_iam_user" "identity" {
  for_each = local.identities
  name     = "${var.prefix}-${each.key}"
  path     = "/"
}

resource "aws_s3_bucket_policy" "zone" {
  for_each = local.zones
  bucket   = aws_s3_bucket.zone[each.key].id

  # Written by `python -m storage.s3.policy_templates`; a test holds them equal.
  policy = templatefile("${path.module}/policies/${each.key}.json", {
    bucket  = aws_s3_bucket.zone[each.key].id
    account = data.aws_caller_identity.this.account_id
    prefix  = var.prefix
  })

  depends_on = [aws_iam_user.identity, aws_s3_bucket_public_access_block.zone]
}
