;;; lsp-test.el --- Files served through lsp-mode by the real ctys-ls -*- lexical-binding: t; -*-

;;; Code:

(require 'support)
(require 'lsp-mode)
(require 'lsp-diagnostics)
(require 'ctys)
(require 'ctys-list)

(defun test-lsp-says (regexp)
  "Whether lsp-mode has a diagnostic of this file that matches REGEXP."
  (seq-some (lambda (diagnostic) (string-match-p regexp (lsp:diagnostic-message diagnostic)))
            (gethash buffer-file-name (lsp-diagnostics))))

(ert-deftest ctys-lsp-mode-serves-and-shares ()
  (test-fresh)
  (let* ((folder (file-name-as-directory (file-truename (make-temp-file "ctys" t))))
         (ctys-server-command (list (getenv "CTYS_LS") "--stdio"))
         (lsp-session-file (expand-file-name "session" folder))
         (lsp-auto-guess-root t) (lsp-restart 'ignore) (lsp-keep-workspace-alive nil)
         (lsp-enable-file-watchers nil) (lsp-auto-configure nil) (lsp-diagnostics-provider :none)
         (default-directory folder))
    (make-directory ".git")
    (make-directory "xen")
    (write-region "name = \"tst100\"\nmemry = 64\n" nil "xen/tst100.conf" nil 'quiet)
    (write-region "ctys -t xen -a create=l:tst100,CONSOLE:emcs lab00\n" nil "lines.ctys" nil 'quiet)
    (unwind-protect
        (progn
          (find-file "xen/tst100.conf")
          (should (eq major-mode 'ctys-xenconf-mode))
          (lsp)
          (test-await "the misspelt key" (test-lsp-says "memry"))
          (find-file "../lines.ctys")
          (lsp)
          (test-await "the unknown console" (test-lsp-says "emcs"))
          (let (answer refused)
            (should (lsp--workspace-p (ctys-connection)))
            (ctys-request "ctys.plan" '(:commandLine "ctys -t xen -a create=l:tst100 lab00")
                          :then (lambda (result) (setq answer result)))
            (test-await "the plan" answer)
            (should (string-match-p "lab00" (plist-get answer :text)))
            (should (plist-get (plist-get answer :plan) :targets))
            (ctys-request "ctys.plan" '(:commandLine 7) :else (lambda (text) (setq refused text)))
            (test-await "the refusal" refused)
            (should (string-match-p "commandLine must be" refused))
            (should-not ctys-server--own)))
      (lsp-workspace-shutdown (car (lsp-workspaces)))
      (dolist (buffer (buffer-list))
        (when (buffer-file-name buffer)
          (with-current-buffer buffer (set-buffer-modified-p nil))
          (kill-buffer buffer)))
      (delete-directory folder t))))

(provide 'lsp-test)
;;; lsp-test.el ends here
