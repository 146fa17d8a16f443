;;; eglot-test.el --- Files served through eglot by the real ctys-ls -*- lexical-binding: t; -*-

;;; Code:

(require 'support)
(require 'ctys)
(require 'ctys-list)
(require 'eglot)

(defun test-diagnostics ()
  "The texts of this buffer's diagnostics."
  (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))

(defun test-says (regexp)
  "Whether a diagnostic of this buffer matches REGEXP."
  (seq-some (lambda (text) (string-match-p regexp text)) (test-diagnostics)))

(defmacro test-in-workspace (files &rest body)
  "Run BODY with a real server in a folder that holds FILES, pairs of a path and a text."
  (declare (indent 1))
  `(let* ((folder (file-name-as-directory (make-temp-file "ctys" t)))
          (ctys-server-command (list (getenv "CTYS_LS") "--stdio"))
          (flymake-no-changes-timeout 0.1)
          (eglot-events-buffer-size 0)
          (eglot-sync-connect 20)
          (default-directory folder)
          (project-find-functions (list (lambda (_) (cons 'transient folder)))))
     (test-fresh)
     (pcase-dolist (`(,path . ,text) ,files)
       (make-directory (file-name-directory (expand-file-name path folder)) t)
       (write-region text nil (expand-file-name path folder) nil 'quiet))
     (unwind-protect
         (progn ,@body)
       (dolist (buffer (buffer-list))
         (when (and (buffer-file-name buffer) (file-in-directory-p (buffer-file-name buffer) folder))
           (with-current-buffer buffer
             (when-let ((server (eglot-current-server))) (ignore-errors (eglot-shutdown server)))
             (set-buffer-modified-p nil))
           (kill-buffer buffer)))
       (delete-directory folder t))))

(defun test-serve (path)
  "Visit PATH, have eglot serve it, and wait for its first diagnostics."
  (find-file path)
  (unless (eglot-managed-p)
    (let ((inhibit-message t)) (call-interactively #'eglot)))
  (test-await "management by eglot" (eglot-managed-p))
  (flymake-mode 1)
  (flymake-start))

(defconst test-conf "name = \"tst100\"\nmemry = 64\nkernel = \"/boot/vmlinuz\"\n")

(ert-deftest ctys-eglot-shows-diagnostics-of-both-languages ()
  (test-in-workspace `(("xen/tst100/tst100.conf" . ,test-conf)
                       ("lines.ctys" . "ctys -t xen -a create=l:tst100,CONSOLE:emcs lab00\n"))
    (test-serve "xen/tst100/tst100.conf")
    (should (eq major-mode 'ctys-xenconf-mode))
    (test-await "the misspelt key" (test-says "memry"))
    ;; Eglot 1.9 has one language per server; without our help this file would be read as a domain file.
    (test-serve "../../lines.ctys")
    (should (eq major-mode 'ctys-mode))
    (test-await "the unknown console" (test-says "emcs"))
    (should-not (test-says "memry"))))

(ert-deftest ctys-eglot-server-is-shared ()
  (test-in-workspace `(("xen/tst100/tst100.conf" . ,test-conf))
    (test-serve "xen/tst100/tst100.conf")
    (let (answer)
      (ctys-request "ctys.plan" '(:commandLine "ctys -t xen -a create=l:tst100 lab00")
                    :then (lambda (result) (setq answer result)))
      (test-await "the plan" answer)
      (should (string-match-p "lab00" (plist-get answer :text)))
      (should (null ctys-server--own))
      (should (eq (ctys-connection) (eglot-current-server))))))

(ert-deftest ctys-table-goes-on-when-eglot-ends ()
  (dolist (end (list #'eglot-shutdown (lambda (server) (signal-process (jsonrpc--process server) 'SIGKILL))))
    (test-in-workspace `(("xen/tst100/tst100.conf" . ,test-conf))
      (test-serve "xen/tst100/tst100.conf")
      (save-window-excursion
        (ctys-list)
        (let ((eglots ctys-list--connection))
          (should (eq eglots (car ctys-server--shared)))
          (test-await "the columns" ctys-list--columns)
          ;; In the file's buffer: eglot 1.17 of Emacs 30 signals an error in one that it does not manage.
          (with-current-buffer "tst100.conf" (funcall end eglots))
          (test-await "the news" (eq ctys-list--connection 'ended))
          (ctys-list-refresh)
          (test-await "a server of its own" (and ctys-server--own (oref ctys-server--own ready)))
          (should (eq ctys-list--connection ctys-server--own)))))))

(ert-deftest ctys-eglot-corrects-a-key ()
  (test-in-workspace `(("xen/tst100/tst100.conf" . ,test-conf))
    (test-serve "xen/tst100/tst100.conf")
    (test-await "the misspelt key" (test-says "memry"))
    (goto-char (point-min))
    (search-forward "memry")
    (cl-letf (((symbol-function 'completing-read) (lambda (_prompt choices &rest _) (caar choices))))
      (eglot-code-actions (point) nil "quickfix" t))
    (should (string-match-p "^memory = 64$" (buffer-string)))))

(ert-deftest ctys-settings-name-the-release-of-domain-files ()
  (dolist (release '("4.17" "4.20"))
    (let ((ctys-settings `(:xenconf (:release ,release))))
      (test-in-workspace `(("g.conf" . ,(concat test-conf "bootloader_user = \"nobody\"\n")))
        (test-serve "g.conf")
        (test-await "the misspelt key" (test-says "memry"))
        (should (eq (equal release "4.17") (and (test-says "in 4\\.17 it does nothing") t)))))))

(ert-deftest ctys-state-stands-behind-the-name ()
  (test-in-workspace `(("xen/tst100/tst100.conf" . ,test-conf))
    (find-file "xen/tst100/tst100.conf")
    (let ((uri (concat "file://" buffer-file-name)))
      (require 'ctys-state)
      (ctys-notification 'ctys/fileState nil
                         (list :uri uri :states [(:host "lab00" :label "tst100" :state "running")]))
      (should (string-match-p "running on lab00" (overlay-get ctys-state--overlay 'after-string)))
      (should (= (overlay-start ctys-state--overlay) (save-excursion (goto-char (point-min)) (line-end-position))))
      (ctys-notification 'ctys/fileState nil (list :uri uri :states []))
      (should-not ctys-state--overlay))))

(provide 'eglot-test)
;;; eglot-test.el ends here
